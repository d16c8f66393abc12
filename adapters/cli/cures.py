"""What to do about a failure whose own place says no cure, by its code; only a failure pays for it."""

from collections.abc import Mapping

CURES: Mapping[str, str] = {
    "address-taken": "name another address, or end what listens there",
    "bad-certificate": "put the certificate and its key into one file, as PEM",
    "bad-name": "write it in that form",
    "bad-port": "name one from 1 to 65535",
    "cluster-refuses": "mend what it names, then ask again: reckon plan FILE",
    "contested": "nothing is lost: try once more",
    "contradiction": "leave the option out",
    "erased": "compare others: reckon history NAME shows which there are",
    "everybody": "name a user, a group or a service account: reckon project grant --help",
    "missing-field": "give both, or none of the two",
    "no-database": "name a ledger that is in one: --ledger",
    "no-rewind": "reckon doctor says how the ledger is",
    "no-such-deployment": "reckon list --all shows those that there are",
    "no-such-file": "name one that is there, or - for standard input",
    "no-such-version": "reckon history NAME shows those that there are",
    "no-such-view": "reckon rebuild rebuilds all read models",
    "not-held": "reckon list --state held shows what is",
    "not-text": "save it as UTF-8",
    "project-name": "name another one: --project NAME",
    "secret-too-large": "let an integration bring what is so large: docs/integrations.md",
    "too-long": "say it in fewer words, and where more stands: --ticket ID",
    "unfit": "reckon doctor says what is wrong with this set-up",
    "unreachable": "reckon doctor says what cannot be reached",
    "unreadable-file": "see that it is a file, and that you may read it",
    "unwritable-file": "see that you may write there; --fix --diff only shows what would be written",
}

r"""What a fill runs: fixed texts for /bin/sh. All that a spec says comes in the environment, never in a command's text.

Each empties the volume first, tells on standard error every few seconds how far it is, and leaves at the end, as the container's
termination message, either JSON (identity, bytes, files, seconds) or the tool's own last lines, without credentials.
"""

_COMMON = r"""
set -eu
said=/tmp/said; begun=$(date +%s); : > "$said"
cd "$FILL_INTO"

masked() {
  awk 'BEGIN {
      n = split("FILL_PASSWORD RCLONE_CONFIG_SOURCE_SECRET_ACCESS_KEY RCLONE_CONFIG_SOURCE_ACCESS_KEY_ID", names, " ")
      for (i = 1; i <= n; i++) {
        lines = split(ENVIRON[names[i]], parts, "\n")
        for (j = 1; j <= lines; j++) if (length(parts[j]) >= 4) values[++count] = parts[j]
      }
    }
    { for (i = 1; i <= count; i++) {
        done = ""; rest = $0
        while (at = index(rest, values[i])) {
          done = done substr(rest, 1, at - 1) "(masked)"; rest = substr(rest, at + length(values[i]))
        }
        $0 = done rest
      }
      print }'
}
lost() {
  code=$1; shift
  [ $# -eq 0 ] || echo "$*" >> "$said"
  grep -Eiq "$hopeless" "$said" && code=65
  masked < "$said" | tail -n 20 | tail -c 1800 > /tmp/last
  cat /tmp/last > /dev/termination-log; cat /tmp/last >&2
  exit "$code"
}
run() { "$@" >> "$said" 2>&1; }
finish() {
  chmod -R a+rX . 2> /dev/null || true
  sync -f . 2> /dev/null || true
  amount=$(find . -type f -exec stat -c %s {} + | awk '{ size += $1 } END { printf "\"bytes\":%.0f,\"files\":%d", size, NR }')
  printf '{"identity":"%s",%s,"seconds":%d}' "$1" "$amount" "$(( $(date +%s) - begun ))" | tee /dev/termination-log >&2
}

find . -mindepth 1 -maxdepth 1 ! -name lost+found -exec rm -rf {} +
( while sleep 3; do
    echo "filling: $(( $(du -sk . 2> /dev/null | cut -f 1) * 1024 )) bytes, $(( $(date +%s) - begun )) s" >&2
  done ) &
teller=$!
trap 'kill $teller 2> /dev/null || true' EXIT
"""

FILL_GIT = (
    _COMMON
    + r"""
hopeless='authentication failed|could not read username|access denied|repository .* not found|error: 40[134]|no longer has'
hopeless="$hopeless"'|couldn.t find remote ref|remote ref does not exist|no space left|object does not exist'
export GIT_TERMINAL_PROMPT=0 GIT_LFS_SKIP_SMUDGE=1 GIT_DIR="$FILL_INTO/.git" GIT_WORK_TREE="$FILL_INTO"
export GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0=safe.directory GIT_CONFIG_VALUE_0='*'
run git init -q --template= || lost 1
git config remote.origin.url "$FILL_URL"
git config core.hooksPath /dev/null
if [ -n "${FILL_PASSWORD:-}" ]; then
  git config "credential.$FILL_ORIGIN.helper" \
    '!f() { test "$1" = get && printf "username=%s\npassword=%s\n" "${FILL_USERNAME:-git}" "$FILL_PASSWORD"; }; f'
fi
wanted="${FILL_IDENTITY:-${FILL_REF:-HEAD}}"
found=FETCH_HEAD
if ! run git fetch -q --depth 1 --no-tags -- origin "$wanted"; then
  [ -n "${FILL_IDENTITY:-}" ] || lost 1
  # Some servers give a commit only with a branch that leads to it.
  run git fetch -q -- origin '+refs/heads/*:refs/remotes/origin/*' '+refs/tags/*:refs/tags/*' || lost 1
  found="$FILL_IDENTITY"
  git cat-file -e "$found^{commit}" 2> /dev/null || lost 1 "the repository no longer has commit $found, which the version is of"
fi
run git checkout -q -f --detach "$found" || lost 1
identity=$(git rev-parse HEAD)
run git lfs fetch origin "$identity" || lost 1
# Linked into place rather than copied: a large file needs its room once.
git lfs ls-files --long 2>> "$said" | while read -r oid mark path; do
  rest=${oid#??}; object="$GIT_DIR/lfs/objects/${oid%"$rest"}/${rest%"${rest#??}"}/$oid"
  if [ -f "$object" ] && [ -f "./$path" ]; then
    if [ -x "./$path" ]; then chmod a+x "$object"; fi
    ln -f "$object" "./$path" 2> /dev/null || cp -f "$object" "./$path"
  fi
done
if git lfs ls-files 2>> "$said" | grep -q '^[0-9a-f]* - '; then run git lfs checkout || lost 1; fi
rm -rf "$GIT_DIR"
finish "$identity"
"""
)

FILL_BUCKET = (
    _COMMON
    + r"""
hopeless='accessdenied|access denied|invalidaccesskeyid|signaturedoesnotmatch|nosuchbucket|forbidden|directory not found'
hopeless="$hopeless"'|no longer those|no space left'
if [ -n "${FILL_AT:-}" ]; then export RCLONE_CONFIG_SOURCE_VERSION_AT="$FILL_AT"; fi
rclone_() { rclone --config= --log-level ERROR --retries 1 --use-server-modtime "$@"; }
listing() {
  rclone_ lsf -R --files-only --format pst --separator ';' "source:$FILL_FROM" > /tmp/listing 2>> "$said" || return 1
  LC_ALL=C sort /tmp/listing | sha256sum | cut -c 1-64
}
since="the objects of s3://$FILL_FROM are no longer those that this version was submitted with"
since="$since: submit it anew to take what is there now"
before=$(listing) || lost 1
[ -z "${FILL_LISTING:-}" ] || [ "$before" = "$FILL_LISTING" ] || lost 1 "$since"
run rclone_ copy --transfers 8 --checkers 16 --local-no-preallocate "source:$FILL_FROM" . || lost 1
after=$(listing) || lost 1
if [ "$after" != "$before" ]; then
  [ -z "${FILL_LISTING:-}" ] || lost 1 "$since"
  lost 1 "the objects of s3://$FILL_FROM changed while they were copied"
fi
finish "${FILL_IDENTITY:-listing:$before}"
"""
)

"""The command line: what a person types and sees. `app` puts it together; `changing` and `reading` hold the commands."""

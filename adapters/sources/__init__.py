"""Sources of integrations: what a git repository or a bucket stands at, asked at submission."""

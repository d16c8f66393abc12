"""A simulated cluster: a small Kubernetes in process, true to what the contract suite shows the real one to keep."""

"""What puts an engine into a cluster: its manifests."""

"""The group `external.metrics.k8s.io` of a cluster's API, answered by engines: how long requests take."""

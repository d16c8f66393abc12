"""The files that the node's programs read: one function a program, each writes its files and tells the first."""

import json
from pathlib import Path

from tests.lab.registries import Registry
from tests.lab.site import Spot

_PLUGINS = "/usr/lib/cni"

_CONTAINERD = """\
version = 2
root = "{folder}/containerd/root"
state = "{folder}/containerd/state"
disabled_plugins = ["io.containerd.snapshotter.v1.btrfs", "io.containerd.snapshotter.v1.devmapper",
  "io.containerd.snapshotter.v1.zfs", "io.containerd.snapshotter.v1.aufs", "io.containerd.tracing.processor.v1.otlp"]

[grpc]
  address = "{folder}/containerd.sock"

[plugins."io.containerd.internal.v1.opt"]
  path = "{folder}/containerd/opt"

[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "{pause}"
  # Without it no container starts where CAP_SYS_RESOURCE is missing.
  restrict_oom_score_adj = true
  disable_apparmor = true
  max_concurrent_downloads = 6
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "{plugins}"
    conf_dir = "{folder}/cni"
  [plugins."io.containerd.grpc.v1.cri".registry]
    config_path = "{folder}/registries"
"""


def containerd(folder: Path, spot: Spot, registry: Registry) -> Path:
    """Containerd's configuration, with the pods' network and where the registries are."""
    _network(folder, spot)
    for door, url in registry.mirrors().items():
        there = folder / "registries" / door
        there.mkdir(parents=True, exist_ok=True)
        (there / "hosts.toml").write_text(f'server = "{url}"\n[host."{url}"]\n  capabilities = ["pull", "resolve"]\n')
    file = folder / "containerd.toml"
    file.write_text(_CONTAINERD.format(folder=folder, pause=f"{registry.open}/lab/pause:1", plugins=_PLUGINS))
    return file


def _network(folder: Path, spot: Spot) -> None:
    bridge = {
        "type": "bridge",
        "bridge": "pods",
        "isGateway": True,
        "hairpinMode": True,
        "ipam": {"type": "host-local", "dataDir": f"{folder}/addresses", "ranges": [[{"subnet": spot.pods}]],
                 "routes": [{"dst": "0.0.0.0/0"}]},
    }  # fmt: skip
    plugins = [bridge, {"type": "portmap", "capabilities": {"portMappings": True}}]
    (folder / "cni").mkdir(exist_ok=True)
    network = {"cniVersion": "0.4.0", "name": "lab", "plugins": plugins}
    (folder / "cni" / "10-lab.conflist").write_text(json.dumps(network, indent=1))


def kubelet(folder: Path, spot: Spot) -> Path:
    """Kubelet's configuration: quick, with no event dropped, and content with any machine."""
    (folder / "kubelet").mkdir(exist_ok=True)
    file = folder / "kubelet.json"
    config = {
        "apiVersion": "kubelet.config.k8s.io/v1beta1",
        "kind": "KubeletConfiguration",
        "address": spot.address,
        "authentication": {"anonymous": {"enabled": True}, "webhook": {"enabled": False}},
        "authorization": {"mode": "AlwaysAllow"},
        "containerRuntimeEndpoint": f"unix://{folder}/containerd.sock",
        "podLogsDir": f"{folder}/pod-logs",
        "volumePluginDir": f"{folder}/volume-plugins",
        "staticPodPath": "",
        "failCgroupV1": False,
        "failSwapOn": False,
        "cgroupDriver": "cgroupfs",
        "cgroupRoot": f"/{spot.cgroup}",
        "enforceNodeAllocatable": [],
        "oomScoreAdj": 0,
        "resolvConf": "/dev/null",
        # There is no DNS: the node's address refuses at once. Without an entry each pod would get a warning event.
        "clusterDNS": [spot.address],
        "clusterDomain": "cluster.local",
        "evictionHard": {"memory.available": "50Mi", "nodefs.available": "1%", "imagefs.available": "1%"},
        "imageGCHighThresholdPercent": 100,
        "imageGCLowThresholdPercent": 99,
        "volumeStatsAggPeriod": "-1s",
        # Zero is no limit: a test that waits for an event must not lose it to a quota.
        "eventRecordQPS": 0,
        "registryPullQPS": 0,
        "serializeImagePulls": False,
        "kubeAPIQPS": 200,
        "kubeAPIBurst": 400,
        # A crashing container comes back after 2 s, not after 10, 20, 40 …: the tests' patience is short.
        "featureGates": {"KubeletCrashLoopBackOffMax": True},
        "crashLoopBackOff": {"maxContainerRestartPeriod": "2s"},
    }
    file.write_text(json.dumps(config, indent=1))
    return file

package e2e

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
)

// Where KEDA is, as the API server knows it.
const (
	autoscalerNamespace = "keda"
	adapterService      = "keda-metrics-apiserver"
)

// process is one program of the control plane.
type process struct {
	name string
	// binary is the program below the directory of built tools, or found in PATH if it has no directory.
	binary string
	args   []string
	env    []string
	// ports are what it listens at.
	ports []string
	// ready is nil when nothing that follows needs the process to be ready.
	ready func(context.Context) error
}

// processes are the programs of a control plane, in the order of their start. Everything is served on
// loopback; for Karpenter's and the adapter's metrics and probes, which have no setting for that, the Makefile
// sees to it.
func (c *controlPlane) processes() []process {
	file := func(name string) string { return filepath.Join(c.dir, name) }
	kubeconfig := file("kubeconfig")
	tool := func(name string) string { return filepath.Join(c.tools, name) }
	p := c.ports
	return []process{
		{
			name: "etcd", binary: tool("etcd"),
			ports: []string{"etcd", "etcd-peer"},
			args: []string{
				"--data-dir=" + file("etcd"), "--unsafe-no-fsync", // it holds nothing that has to outlive the run
				"--listen-client-urls=http://" + p.at("etcd"), "--advertise-client-urls=http://" + p.at("etcd"),
				"--listen-peer-urls=http://" + p.at("etcd-peer"), "--initial-advertise-peer-urls=http://" + p.at("etcd-peer"),
				"--initial-cluster=default=http://" + p.at("etcd-peer"), "--log-level=warn",
			},
		},
		{
			name: "kube-apiserver", binary: tool("kube-apiserver"),
			ports: []string{"apiserver"},
			args: []string{
				"--etcd-servers=http://" + p.at("etcd"), "--bind-address=127.0.0.1", "--advertise-address=127.0.0.1",
				"--secure-port=" + p.number("apiserver"),
				"--endpoint-reconciler-type=none", // loopback is no address for the endpoints of the Service kubernetes
				"--tls-cert-file=" + file("server.crt"), "--tls-private-key-file=" + file("server.key"), "--client-ca-file=" + file("ca.crt"),
				"--authorization-mode=Node,RBAC", "--service-cluster-ip-range=10.96.0.0/16",
				"--service-account-issuer=https://kubernetes.default.svc",
				"--service-account-key-file=" + file("ca.crt"), "--service-account-signing-key-file=" + file("ca.key"),
				"--requestheader-client-ca-file=" + file("front-proxy-ca.crt"), "--requestheader-allowed-names=front-proxy",
				"--requestheader-username-headers=X-Remote-User", "--requestheader-group-headers=X-Remote-Group",
				"--requestheader-extra-headers-prefix=X-Remote-Extra-",
				"--proxy-client-cert-file=" + file("front-proxy.crt"), "--proxy-client-key-file=" + file("front-proxy.key"),
			},
			ready: c.apiReady,
		},
		{
			name: "kube-controller-manager", binary: tool("kube-controller-manager"),
			args: []string{
				"--kubeconfig=" + kubeconfig, "--leader-elect=false", "--secure-port=0",
				"--service-account-private-key-file=" + file("ca.key"), "--root-ca-file=" + file("ca.crt"),
			},
		},
		{
			name: "kube-scheduler", binary: tool("kube-scheduler"),
			args: []string{"--kubeconfig=" + kubeconfig, "--authentication-kubeconfig=" + kubeconfig, "--leader-elect=false", "--secure-port=0"},
		},
		{
			name: "kwok", binary: tool("kwok"),
			args: []string{"--kubeconfig=" + kubeconfig, "--config=" + file("stages.yaml"), "--manage-nodes-with-annotation-selector=kwok.x-k8s.io/node=fake", "--node-lease-duration-seconds=40"},
		},
		{
			name: "karpenter", binary: tool("karpenter"),
			ports: []string{"karpenter-metrics", "karpenter-probe"},
			env: []string{
				"KUBECONFIG=" + kubeconfig, "SYSTEM_NAMESPACE=kube-system", "DISABLE_LEADER_ELECTION=true",
				"METRICS_PORT=" + p.number("karpenter-metrics"), "HEALTH_PROBE_PORT=" + p.number("karpenter-probe"),
				"INSTANCE_TYPES_FILE_PATH=" + file("instance-types.json"),
			},
		},
		{
			name: "redis", binary: "redis-server",
			ports: []string{"redis"},
			args:  []string{file("redis.conf")},
		},
		{
			name: "keda-operator", binary: tool("keda-operator"),
			ports: []string{"keda-metrics", "keda-probe", "keda-grpc"},
			args: []string{
				"--metrics-bind-address=" + p.at("keda-metrics"), "--health-probe-bind-address=" + p.at("keda-probe"),
				"--metrics-service-bind-address=" + p.at("keda-grpc"), "--cert-dir=" + file("keda"),
				"--ca-dir=" + file("trusted"), // what signed Redis's certificate, as Amazon's authority is trusted by every image
				"--enable-webhook-patching=false", "--enable-apiservice-patching=false",
			},
			env: []string{
				"KUBECONFIG=" + kubeconfig, "POD_NAMESPACE=" + autoscalerNamespace, "POD_NAME=keda-operator",
				"KEDA_CLUSTER_OBJECT_NAMESPACE=" + autoscalerNamespace, "WATCH_NAMESPACE=",
			},
		},
		{
			name: "keda-adapter", binary: tool("keda-adapter"),
			ports: []string{"keda-adapter", "keda-adapter-metrics"},
			args: []string{
				"--secure-port=" + p.number("keda-adapter"), "--bind-address=127.0.0.1", "--port=" + p.number("keda-adapter-metrics"),
				"--cert-dir=" + file("keda"), "--tls-cert-file=" + file("server.crt"), "--tls-private-key-file=" + file("server.key"),
				"--lister-kubeconfig=" + kubeconfig, "--authentication-kubeconfig=" + kubeconfig, "--authorization-kubeconfig=" + kubeconfig,
				"--metrics-service-address=localhost:" + p.number("keda-grpc"),
			},
			env: []string{"KUBECONFIG=" + kubeconfig, "POD_NAMESPACE=" + autoscalerNamespace, "WATCH_NAMESPACE="},
		},
	}
}

// writeFiles writes what the processes read.
func (c *controlPlane) writeFiles(env *environment) error {
	for _, dir := range []string{"keda", "trusted"} {
		if err := os.MkdirAll(filepath.Join(c.dir, dir), 0o700); err != nil {
			return fmt.Errorf("making room for %s: %w", dir, err)
		}
	}
	ca, err := newAuthority(c.dir, "ca")
	if err != nil {
		return err
	}
	frontProxy, err := newAuthority(c.dir, "front-proxy-ca")
	if err != nil {
		return err
	}
	for _, err := range []error{
		ca.issue("server", "server"),
		ca.issue("admin", "admin", "system:masters"),
		ca.issue("keda/tls", "keda"),
		frontProxy.issue("front-proxy", "front-proxy"),
	} {
		if err != nil {
			return err
		}
	}
	certificate, err := os.ReadFile(filepath.Join(c.dir, "ca.crt"))
	if err != nil {
		return fmt.Errorf("reading the authority's certificate: %w", err)
	}
	disks, err := env.disks()
	if err != nil {
		return err
	}
	types, err := instanceTypesFile(env.zones, disks)
	if err != nil {
		return err
	}
	for name, text := range map[string]string{
		"keda/ca.crt":         string(certificate),
		"trusted/ca.crt":      string(certificate),
		"instance-types.json": types,
		"stages.yaml":         stages,
		"redis.conf": fmt.Sprintf("bind 127.0.0.1\nport 0\ntls-port %d\ntls-cert-file %s/server.crt\ntls-key-file %[2]s/server.key\n"+
			"tls-ca-cert-file %[2]s/ca.crt\ntls-auth-clients no\nrequirepass %s\nsave \"\"\nmaxmemory-policy noeviction\n", c.ports.numbers["redis"], c.dir, c.redisPassword),
		"kubeconfig": fmt.Sprintf(`apiVersion: v1
kind: Config
clusters: [{name: e2e, cluster: {server: "https://%s", certificate-authority: %s/ca.crt}}]
users: [{name: admin, user: {client-certificate: %[2]s/admin.crt, client-key: %[2]s/admin.key}}]
contexts: [{name: e2e, context: {cluster: e2e, user: admin}}]
current-context: e2e
`, c.ports.at("apiserver"), c.dir),
	} {
		if err := os.WriteFile(filepath.Join(c.dir, name), []byte(text), 0o600); err != nil {
			return fmt.Errorf("writing %s: %w", name, err)
		}
	}
	return nil
}

package gate

// Image is the official HAProxy image, of the long-term release that is maintained until 2030
// (https://www.haproxy.org). Its STOPSIGNAL is SIGUSR1, which is what makes a stop a soft one: to HAProxy
// SIGTERM means at once (https://docs.haproxy.org/3.2/management.html#4), and the field of a pod that names
// another signal is not for use yet (https://www.kubernetes.dev/resources/keps/4960/). Digest, stop signal and
// modules: https://github.com/docker-library/repo-info/blob/master/repos/haproxy/remote/3.2-alpine.md
const Image = "public.ecr.aws/docker/library/haproxy:3.2.24-alpine@sha256:686211da34aba401814bb109c813db6a579491bc8753bfd81b78cce7d1e02f7c"

// Where the configuration is mounted. The directory is the image's own for it; nothing else in it is used.
const (
	ConfigDirectory = "/usr/local/etc/haproxy"
	ConfigFile      = "haproxy.cfg"
)

// Command runs HAProxy as the image's own entry point would: a master process that passes signals on to a
// worker. Without the master SIGTERM has no handler, and the kernel keeps from the first process of a container
// what it has no handler for (https://man7.org/linux/man-pages/man7/pid_namespaces.7.html): nothing short of
// SIGKILL would end a render early.
func Command() []string {
	return []string{"haproxy", "-W", "-db", "-f", ConfigDirectory + "/" + ConfigFile}
}

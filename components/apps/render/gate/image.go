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

// Command runs HAProxy as the one process of its container. The image's own entry point would put a master
// process over it, for reloads that never happen here: another configuration is another pod.
func Command() []string {
	return []string{"haproxy", "-db", "-f", ConfigDirectory + "/" + ConfigFile}
}

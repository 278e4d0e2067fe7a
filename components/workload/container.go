package workload

import (
	"strconv"

	corev1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/core/v1"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

const (
	startupPeriodSeconds   = 2
	readinessPeriodSeconds = 5
	livenessPeriodSeconds  = 10
	// probeTimeoutSeconds is the 5 seconds that the render service may take to answer while it renders
	// (docs/image-contract.md); the others are quicker.
	probeTimeoutSeconds = 5
)

// The names of containers' ports, so that Service and probes need not repeat their numbers.
const (
	portName        = "http"
	sidecarPortName = "sidecar"
)

// container is a container, hardened, with what was made for it.
func (b *builder) container(c *Container) *corev1.ContainerArgs {
	container := &corev1.ContainerArgs{
		Name:            pulumi.String(c.ContainerName),
		Image:           pulumi.String(c.Image),
		Resources:       c.Resources.requirements(b.class),
		SecurityContext: ContainerSecurity(),
		EnvFrom:         b.made[c].environment,
		VolumeMounts:    c.mounts(),
	}
	if len(c.Command) > 0 {
		container.Command = pulumi.ToStringArray(c.Command)
	}
	if c.Port != 0 {
		container.Ports = corev1.ContainerPortArray{&corev1.ContainerPortArgs{
			Name:          pulumi.String(b.portName(c)),
			ContainerPort: pulumi.Int(c.Port),
		}}
	}
	return container
}

// probedContainer is a container that runs for ever, with what the kubelet asks it.
func (b *builder) probedContainer(c *Container) *corev1.ContainerArgs {
	container := b.container(c)
	// What has not started in time is killed, as by liveness: a database that is away is no reason for that. A sidecar's
	// start is what the main container waits for, which counts on its work.
	started := c.Liveness
	if c == b.sidecar {
		started = c.Health
	}
	startup := b.probe(c, started, startupPeriodSeconds)
	startup.FailureThreshold = pulumi.Int((c.StartupSeconds + startupPeriodSeconds - 1) / startupPeriodSeconds)
	container.StartupProbe = startup
	container.ReadinessProbe = b.probe(c, c.Health, readinessPeriodSeconds)
	container.LivenessProbe = b.probe(c, c.Liveness, livenessPeriodSeconds)
	return container
}

func (b *builder) probe(c *Container, p Probe, periodSeconds int) *corev1.ProbeArgs {
	probe := &corev1.ProbeArgs{PeriodSeconds: pulumi.Int(periodSeconds), TimeoutSeconds: pulumi.Int(probeTimeoutSeconds)}
	port := pulumi.String(b.portName(c))
	switch {
	case p.Path != "":
		probe.HttpGet = &corev1.HTTPGetActionArgs{Path: pulumi.String(p.Path), Port: port}
	case len(p.Command) > 0:
		probe.Exec = &corev1.ExecActionArgs{Command: pulumi.ToStringArray(p.Command)}
	default:
		probe.TcpSocket = &corev1.TCPSocketActionArgs{Port: port}
	}
	return probe
}

func (b *builder) portName(c *Container) string {
	if c == b.sidecar {
		return sidecarPortName
	}
	return portName
}

func (c *Container) mounts() corev1.VolumeMountArray {
	mounts := corev1.VolumeMountArray{}
	for i, path := range c.writablePaths() {
		mounts = append(mounts, &corev1.VolumeMountArgs{
			Name:      pulumi.String(c.volumeName(i)),
			MountPath: pulumi.String(path),
		})
	}
	if len(c.Files) > 0 {
		mounts = append(mounts, &corev1.VolumeMountArgs{
			Name:      pulumi.String(c.filesVolume()),
			MountPath: pulumi.String(c.FilesPath),
			ReadOnly:  pulumi.Bool(true),
		})
	}
	return mounts
}

func (b *builder) volumes(c *Container) corev1.VolumeArray {
	volumes := corev1.VolumeArray{}
	for i, path := range c.writablePaths() {
		volumes = append(volumes, &corev1.VolumeArgs{
			Name:     pulumi.String(c.volumeName(i)),
			EmptyDir: &corev1.EmptyDirVolumeSourceArgs{SizeLimit: pulumi.String(c.WritablePaths[path])},
		})
	}
	if len(c.Files) > 0 {
		volumes = append(volumes, &corev1.VolumeArgs{
			Name:      pulumi.String(c.filesVolume()),
			ConfigMap: &corev1.ConfigMapVolumeSourceArgs{Name: b.made[c].files},
		})
	}
	return volumes
}

func (c *Container) volumeName(i int) string { return c.ContainerName + "-writable-" + strconv.Itoa(i) }

func (c *Container) filesVolume() string { return c.ContainerName + "-files" }

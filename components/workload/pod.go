package workload

import (
	"maps"
	"slices"
	"strconv"

	corev1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/core/v1"
	metav1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/meta/v1"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

const (
	// preStopSeconds is how long a pod goes on serving after it was told to stop, while load balancers
	// and kube-proxy learn that it is leaving.
	preStopSeconds = 5

	// graceMarginSeconds is what the kubelet waits beyond the drain before it kills.
	graceMarginSeconds = 10

	startupPeriodSeconds   = 2
	readinessPeriodSeconds = 5
	livenessPeriodSeconds  = 10
	probeTimeoutSeconds    = 3
)

// podTemplate is the pod, hardened.
func (b *builder) podTemplate() *corev1.PodTemplateSpecArgs {
	return &corev1.PodTemplateSpecArgs{
		Metadata: &metav1.ObjectMetaArgs{Labels: b.podLabels()},
		Spec: &corev1.PodSpecArgs{
			ServiceAccountName:            b.serviceAccount,
			AutomountServiceAccountToken:  pulumi.Bool(false),
			EnableServiceLinks:            pulumi.Bool(false),
			TerminationGracePeriodSeconds: pulumi.Int(preStopSeconds + b.args.DrainSeconds + graceMarginSeconds),
			SecurityContext:               PodSecurity(),
			TopologySpreadConstraints: corev1.TopologySpreadConstraintArray{
				b.spreadOver("topology.kubernetes.io/zone"),
				b.spreadOver("kubernetes.io/hostname"),
			},
			Containers: corev1.ContainerArray{b.container()},
			Volumes:    b.volumes(),
		},
	}
}

// spreadOver asks for pods to be spread evenly, but rather runs them together than not at all.
func (b *builder) spreadOver(topologyKey string) *corev1.TopologySpreadConstraintArgs {
	return &corev1.TopologySpreadConstraintArgs{
		MaxSkew:           pulumi.Int(1),
		TopologyKey:       pulumi.String(topologyKey),
		WhenUnsatisfiable: pulumi.String("ScheduleAnyway"),
		LabelSelector:     &metav1.LabelSelectorArgs{MatchLabels: b.selector()},
		// Counts only pods of the same release, or a rollout would spread around those it replaces.
		MatchLabelKeys: pulumi.ToStringArray([]string{"pod-template-hash"}),
	}
}

func (b *builder) container() *corev1.ContainerArgs {
	mounts := corev1.VolumeMountArray{}
	for i, path := range b.writablePaths() {
		mounts = append(mounts, &corev1.VolumeMountArgs{
			Name:      pulumi.String(volumeName(i)),
			MountPath: pulumi.String(path),
		})
	}
	health := &corev1.HTTPGetActionArgs{
		Path: pulumi.String(b.args.HealthPath),
		Port: pulumi.String(portName),
	}
	return &corev1.ContainerArgs{
		Name:  pulumi.String(b.args.AppName),
		Image: pulumi.String(b.args.Image),
		Ports: corev1.ContainerPortArray{&corev1.ContainerPortArgs{
			Name:          pulumi.String(portName),
			ContainerPort: pulumi.Int(b.args.Port),
		}},
		EnvFrom: corev1.EnvFromSourceArray{&corev1.EnvFromSourceArgs{
			ConfigMapRef: &corev1.ConfigMapEnvSourceArgs{Name: b.configMap},
		}},
		Resources:       b.resources(),
		SecurityContext: ContainerSecurity(),
		StartupProbe: &corev1.ProbeArgs{
			HttpGet:          health,
			PeriodSeconds:    pulumi.Int(startupPeriodSeconds),
			TimeoutSeconds:   pulumi.Int(probeTimeoutSeconds),
			FailureThreshold: pulumi.Int((b.args.StartupSeconds + startupPeriodSeconds - 1) / startupPeriodSeconds),
		},
		ReadinessProbe: &corev1.ProbeArgs{
			HttpGet:        health,
			PeriodSeconds:  pulumi.Int(readinessPeriodSeconds),
			TimeoutSeconds: pulumi.Int(probeTimeoutSeconds),
		},
		// Only that the process is there: a liveness probe that asked the database would restart every
		// pod at once when the database is slow.
		LivenessProbe: &corev1.ProbeArgs{
			TcpSocket:      &corev1.TCPSocketActionArgs{Port: pulumi.String(portName)},
			PeriodSeconds:  pulumi.Int(livenessPeriodSeconds),
			TimeoutSeconds: pulumi.Int(probeTimeoutSeconds),
		},
		Lifecycle: &corev1.LifecycleArgs{
			PreStop: &corev1.LifecycleHandlerArgs{Sleep: &corev1.SleepActionArgs{Seconds: pulumi.Int(preStopSeconds)}},
		},
		VolumeMounts: mounts,
	}
}

// resources are requests and limits by class. A burstable pod has no CPU limit, because idle CPU that
// nobody may use helps nobody.
func (b *builder) resources() *corev1.ResourceRequirementsArgs {
	r := b.args.Resources
	requests := pulumi.StringMap{"cpu": pulumi.String(r.CPU), "memory": pulumi.String(r.Memory)}
	limits := pulumi.StringMap{"memory": pulumi.String(r.MemoryLimit)}
	if r.Class == Guaranteed {
		limits = requests
	}
	return &corev1.ResourceRequirementsArgs{Requests: requests, Limits: limits}
}

func (b *builder) volumes() corev1.VolumeArray {
	volumes := corev1.VolumeArray{}
	for i, path := range b.writablePaths() {
		volumes = append(volumes, &corev1.VolumeArgs{
			Name:     pulumi.String(volumeName(i)),
			EmptyDir: &corev1.EmptyDirVolumeSourceArgs{SizeLimit: pulumi.String(b.args.WritablePaths[path])},
		})
	}
	return volumes
}

func (b *builder) writablePaths() []string {
	return slices.Sorted(maps.Keys(b.args.WritablePaths))
}

func volumeName(i int) string { return "writable-" + strconv.Itoa(i) }

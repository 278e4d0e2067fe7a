package workload

import (
	"maps"
	"slices"

	corev1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/core/v1"
	metav1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/meta/v1"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

const (
	// PreStopSeconds is how long a pod goes on serving after it was told to stop, unless its arguments say longer, while
	// kube-proxy learns everywhere that it is leaving.
	PreStopSeconds = 5

	// graceMarginSeconds is what the kubelet waits beyond the drain before it kills.
	graceMarginSeconds = 10
)

// undisturbed has Karpenter move no pod to another node while it runs
// (https://karpenter.sh/docs/concepts/disruption/#pod-level-controls).
var undisturbed = pulumi.StringMap{"karpenter.sh/do-not-disrupt": pulumi.String("true")}

func graceSeconds(preStop, drain int) int { return preStop + drain + graceMarginSeconds }

// pod is what the pods of Deployments and of Jobs have in common: it runs as nobody, with nothing it was not given.
func (b *builder) pod(containers ...*Container) *corev1.PodSpecArgs {
	volumes := corev1.VolumeArray{}
	for _, c := range containers {
		volumes = append(volumes, b.volumes(c)...)
	}
	pod := &corev1.PodSpecArgs{
		ServiceAccountName:           b.serviceAccount,
		AutomountServiceAccountToken: pulumi.Bool(false),
		EnableServiceLinks:           pulumi.Bool(false),
		SecurityContext:              PodSecurity(),
		Volumes:                      volumes,
	}
	if b.priority != "" {
		pod.PriorityClassName = pulumi.String(b.priority)
	}
	return pod
}

// podTemplate is the pod of a Deployment.
func (b *builder) podTemplate(a *Args) *corev1.PodTemplateSpecArgs {
	pod := b.pod(a.containers()...)
	pod.TerminationGracePeriodSeconds = pulumi.Int(a.GraceSeconds())
	pod.TopologySpreadConstraints = corev1.TopologySpreadConstraintArray{
		b.spreadOver("topology.kubernetes.io/zone"),
		b.spreadOverNodes(a.Replicas),
	}
	main := b.probedContainer(&a.Container)
	if seconds := a.preStopSeconds(); seconds > 0 {
		main.Lifecycle = &corev1.LifecycleArgs{
			PreStop: &corev1.LifecycleHandlerArgs{Sleep: &corev1.SleepActionArgs{Seconds: pulumi.Int(seconds)}},
		}
	}
	pod.Containers = corev1.ContainerArray{main}
	if a.Sidecar != nil {
		sidecar := b.container(a.Sidecar)
		if !a.Sidecar.Unprobed {
			sidecar = b.probedContainer(a.Sidecar)
		}
		sidecar.RestartPolicy = pulumi.String("Always")
		pod.InitContainers = corev1.ContainerArray{sidecar}
	}
	if a.NodePool != nil {
		pod.NodeSelector = pulumi.StringMap{a.NodePool.Label: pulumi.String(a.NodePool.Name)}
		pod.Tolerations = corev1.TolerationArray{&corev1.TolerationArgs{
			Key:      pulumi.String(a.NodePool.TaintKey),
			Operator: pulumi.String("Equal"),
			Value:    pulumi.String("true"),
			Effect:   pulumi.String("NoSchedule"),
		}}
	}
	aliases := corev1.HostAliasArray{}
	for _, name := range slices.Sorted(maps.Keys(a.HostAliases)) {
		aliases = append(aliases, &corev1.HostAliasArgs{
			Ip: pulumi.String(a.HostAliases[name]), Hostnames: pulumi.ToStringArray([]string{name}),
		})
	}
	if len(aliases) > 0 {
		pod.HostAliases = aliases
	}
	metadata := &metav1.ObjectMetaArgs{Labels: b.podLabels()}
	if a.DoNotDisrupt {
		metadata.Annotations = undisturbed
	}
	return &corev1.PodTemplateSpecArgs{Metadata: metadata, Spec: pod}
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

// spreadOverNodes spreads pods over nodes: never all of those that always run on one, so that no node takes the
// last of them. Preferring it is not enough, as a node that alone has room gets them all. Beyond their least number
// they may pack as tight as at it, which keeps a pod from costing a node of its own.
func (b *builder) spreadOverNodes(least int) *corev1.TopologySpreadConstraintArgs {
	spread := b.spreadOver("kubernetes.io/hostname")
	if least < 2 {
		return spread
	}
	spread.MaxSkew = pulumi.Int((least + 1) / 2)
	spread.WhenUnsatisfiable = pulumi.String("DoNotSchedule")
	// A node that is the only one to run on does not count as spread: there has to be another.
	spread.MinDomains = pulumi.Int(2)
	// Nodes the pods cannot run on, as those for renders, would be counted as having none of them.
	spread.NodeTaintsPolicy = pulumi.String("Honor")
	return spread
}

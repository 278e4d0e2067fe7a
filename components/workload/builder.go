package workload

import (
	"fmt"

	corev1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/core/v1"
	metav1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/meta/v1"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"coffee-platform/components/externalsecret"
	"coffee-platform/components/networkpolicy"
)

// builder holds what every step of making a workload needs.
type builder struct {
	ctx    *pulumi.Context
	name   string
	parent pulumi.ResourceOption

	appName, component string
	class              Class
	priority           string
	namespace          pulumi.StringInput
	sidecar            *Container

	// serviceAccount is whom pods run as, made what was made for each container.
	serviceAccount pulumi.StringOutput
	made           map[*Container]made
}

// made is what a container gets that is an object of its own.
type made struct {
	// environment are its settings and secrets, files the name of what holds its files.
	environment corev1.EnvFromSourceArray
	files       pulumi.StringOutput
}

// createServiceAccount makes the account the pods run as, which has no rights in the cluster.
func (b *builder) createServiceAccount() error {
	account, err := corev1.NewServiceAccount(b.ctx, b.name, &corev1.ServiceAccountArgs{
		Metadata:                     b.metadata(),
		AutomountServiceAccountToken: pulumi.Bool(false),
	}, b.parent)
	if err != nil {
		return fmt.Errorf("creating service account %q: %w", b.name, err)
	}
	b.serviceAccount = account.Metadata.Name().Elem()
	return nil
}

// createSettings makes what the containers get. Nothing of it has a name of its own: Pulumi then gives every
// version a new one, and pods roll when a setting or a secret changes, each release with those it was rolled out
// with.
func (b *builder) createSettings(secrets map[string]externalsecret.Ref, store pulumi.StringInput, containers ...*Container) error {
	b.made = map[*Container]made{}
	for _, c := range containers {
		name := b.name
		if c.ContainerName != b.appName {
			name += "-" + c.ContainerName
		}
		var m made
		if len(c.Environment) > 0 {
			settings, err := b.configMap(name, c.Environment)
			if err != nil {
				return err
			}
			m.environment = append(m.environment, &corev1.EnvFromSourceArgs{
				ConfigMapRef: &corev1.ConfigMapEnvSourceArgs{Name: settings},
			})
		}
		if len(c.Files) > 0 {
			files, err := b.configMap(name+"-files", pulumi.ToStringMap(c.Files))
			if err != nil {
				return err
			}
			m.files = files
		}
		b.made[c] = m
	}
	if len(secrets) == 0 {
		return nil
	}
	delivered, err := externalsecret.New(b.ctx, b.name, &externalsecret.Args{
		Namespace: b.namespace,
		StoreName: store,
		Labels:    b.labels(),
		Values:    secrets,
	}, b.parent)
	if err != nil {
		return err
	}
	main := containers[len(containers)-1]
	m := b.made[main]
	m.environment = append(m.environment, &corev1.EnvFromSourceArgs{
		SecretRef: &corev1.SecretEnvSourceArgs{Name: delivered},
	})
	b.made[main] = m
	return nil
}

func (b *builder) configMap(name string, data pulumi.StringMap) (pulumi.StringOutput, error) {
	settings, err := corev1.NewConfigMap(b.ctx, name, &corev1.ConfigMapArgs{
		Metadata:  &metav1.ObjectMetaArgs{Namespace: b.namespace, Labels: b.labels()},
		Data:      data,
		Immutable: pulumi.Bool(true),
	}, b.parent)
	if err != nil {
		return pulumi.StringOutput{}, fmt.Errorf("creating settings %q: %w", name, err)
	}
	return settings.Metadata.Name().Elem(), nil
}

func (b *builder) createNetworkPolicy(rules networkpolicy.Rules) (pulumi.Resource, error) {
	return networkpolicy.New(b.ctx, b.name, &networkpolicy.Args{
		PolicyName: b.appName,
		Namespace:  b.namespace,
		Pods:       map[string]string{nameLabel: b.appName},
		Labels:     b.labels(),
		Rules:      rules,
	}, b.parent)
}

// nameLabel is the label that tells this workload's pods from all others.
const nameLabel = "app.kubernetes.io/name"

func (b *builder) metadata() *metav1.ObjectMetaArgs {
	return &metav1.ObjectMetaArgs{
		Name:      pulumi.String(b.appName),
		Namespace: b.namespace,
		Labels:    b.labels(),
	}
}

// selector are the labels that tell this workload's pods from all others. They can never change.
func (b *builder) selector() pulumi.StringMap {
	return pulumi.StringMap{nameLabel: pulumi.String(b.appName)}
}

// labels are the labels of everything that belongs to the workload
// (https://kubernetes.io/docs/concepts/overview/working-with-objects/common-labels/).
func (b *builder) labels() pulumi.StringMap {
	return pulumi.StringMap{
		nameLabel:                    pulumi.String(b.appName),
		networkpolicy.ComponentLabel: pulumi.String(b.component),
		"app.kubernetes.io/part-of":  pulumi.String("coffee"),
	}
}

func (b *builder) podLabels() pulumi.StringMap {
	labels := b.labels()
	labels[QoSLabel] = pulumi.String(string(b.class))
	return labels
}

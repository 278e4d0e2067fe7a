package databaseroles

import (
	_ "embed" // the scripts
	"maps"
	"slices"
	"strconv"

	batchv1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/batch/v1"
	corev1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/core/v1"
	metav1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/meta/v1"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"coffee-platform/components/workload"
)

const (
	// jobName is what everything of the Job is called, and the beginning of its own name.
	jobName = "database-roles"

	// deadlineSeconds covers a node that has to be started first, two images, and every attempt.
	deadlineSeconds = 900
	// createTimeout is beyond the deadline, so that it is the Job that says what went wrong; without it
	// Pulumi waits for 10 minutes.
	createTimeout = "20m"

	// attempts beyond the first, each in a new pod, after 10, 20, 40 and 80 seconds: a pod that started
	// before its identity was known everywhere has none until its end
	// (https://docs.aws.amazon.com/eks/latest/userguide/pod-identities.html).
	attempts = 4
)

// Resources are what each of the Job's two containers gets, which run one after the other.
var Resources = workload.Resources{CPU: "100m", Memory: "128Mi", MemoryLimit: "256Mi"}

// Where the scripts and what they hand each other are in the containers.
const (
	scriptsPath = "/scripts"
	fetchedPath = "/fetched"

	// fetchedSize is many times what the secrets and the certificates of a region take.
	fetchedSize = "1Mi"
)

var (
	//go:embed fetch.sh
	fetchScript string
	//go:embed apply.sh
	applyScript string
	//go:embed roles.sql
	rolesScript string

	scripts = map[string]string{"fetch.sh": fetchScript, "apply.sh": applyScript, "roles.sql": rolesScript}
)

// job is the Job that fetches the credentials in one container and makes the roles in another.
func (b *builder) job() *batchv1.JobArgs {
	return &batchv1.JobArgs{
		Metadata: &metav1.ObjectMetaArgs{
			Name:      pulumi.String(jobName + "-" + b.args.digest()),
			Namespace: b.args.Namespace,
			Labels:    labels(),
			// One that failed is made again by the next deployment, which would otherwise only look at it
			// (https://www.pulumi.com/registry/packages/kubernetes/api-docs/batch/v1/job/).
			Annotations: pulumi.StringMap{"pulumi.com/replaceUnready": pulumi.String("true")},
		},
		// It stays when it is done, to be read: a Job that cleared itself away would be made again.
		Spec: &batchv1.JobSpecArgs{
			ActiveDeadlineSeconds: pulumi.Int(deadlineSeconds),
			BackoffLimit:          pulumi.Int(attempts),
			Template: &corev1.PodTemplateSpecArgs{
				Metadata: &metav1.ObjectMetaArgs{Labels: podLabels()},
				Spec:     b.pod(),
			},
		},
	}
}

func (b *builder) pod() *corev1.PodSpecArgs {
	images := b.args.Images.orDefault()
	pod := &corev1.PodSpecArgs{
		RestartPolicy:                pulumi.String("Never"),
		ServiceAccountName:           b.serviceAccount,
		AutomountServiceAccountToken: pulumi.Bool(false),
		EnableServiceLinks:           pulumi.Bool(false),
		SecurityContext:              workload.PodSecurity(),
		InitContainers: corev1.ContainerArray{b.container("fetch", images.AWSCLI, "bash", pulumi.StringMap{
			"AWS_REGION":          pulumi.String(b.args.Region),
			"MASTER_SECRET_ARN":   b.args.MasterSecretARN,
			"APP_SECRET_ARN":      b.args.AppSecretARN,
			"MIGRATOR_SECRET_ARN": b.args.MigratorSecretARN,
			// The AWS CLI keeps a cache in it.
			"HOME": pulumi.String(fetchedPath),
		})},
		Containers: corev1.ContainerArray{b.container("apply", images.Postgres, "sh", pulumi.StringMap{
			"PGHOST":     b.args.DatabaseHost,
			"PGPORT":     pulumi.String(strconv.Itoa(b.args.DatabasePort)),
			"PGDATABASE": pulumi.String(b.args.DatabaseName),
		})},
		Volumes: corev1.VolumeArray{
			&corev1.VolumeArgs{
				Name:      pulumi.String("scripts"),
				ConfigMap: &corev1.ConfigMapVolumeSourceArgs{Name: b.scripts},
			},
			&corev1.VolumeArgs{
				Name: pulumi.String("fetched"),
				EmptyDir: &corev1.EmptyDirVolumeSourceArgs{
					Medium:    pulumi.String("Memory"),
					SizeLimit: pulumi.String(fetchedSize),
				},
			},
		},
	}
	if b.args.Priority != "" {
		pod.PriorityClassName = pulumi.String(b.args.Priority)
	}
	return pod
}

// container runs the script of its name.
func (b *builder) container(name, image, shell string, environment pulumi.StringMap) *corev1.ContainerArgs {
	environment["SCRIPTS"] = pulumi.String(scriptsPath)
	environment["FETCHED"] = pulumi.String(fetchedPath)
	for variable, role := range b.args.logins() {
		environment[variable] = pulumi.String(role)
	}
	variables := corev1.EnvVarArray{}
	for _, variable := range slices.Sorted(maps.Keys(environment)) {
		variables = append(variables, &corev1.EnvVarArgs{Name: pulumi.String(variable), Value: environment[variable]})
	}
	return &corev1.ContainerArgs{
		Name:    pulumi.String(name),
		Image:   pulumi.String(image),
		Command: pulumi.ToStringArray([]string{shell, scriptsPath + "/" + name + ".sh"}),
		Env:     variables,
		Resources: &corev1.ResourceRequirementsArgs{
			Requests: pulumi.StringMap{"cpu": pulumi.String(Resources.CPU), "memory": pulumi.String(Resources.Memory)},
			Limits:   pulumi.StringMap{"memory": pulumi.String(Resources.MemoryLimit)},
		},
		SecurityContext: workload.ContainerSecurity(),
		VolumeMounts: corev1.VolumeMountArray{
			&corev1.VolumeMountArgs{Name: pulumi.String("scripts"), MountPath: pulumi.String(scriptsPath), ReadOnly: pulumi.Bool(true)},
			&corev1.VolumeMountArgs{Name: pulumi.String("fetched"), MountPath: pulumi.String(fetchedPath)},
		},
	}
}

// labels are the labels of everything that belongs to the Job
// (https://kubernetes.io/docs/concepts/overview/working-with-objects/common-labels/).
func labels() pulumi.StringMap {
	return pulumi.StringMap{
		"app.kubernetes.io/name":      pulumi.String(jobName),
		"app.kubernetes.io/component": pulumi.String(jobName),
		"app.kubernetes.io/part-of":   pulumi.String("coffee"),
	}
}

func podLabels() pulumi.StringMap {
	all := labels()
	all[workload.QoSLabel] = pulumi.String(string(workload.Burstable))
	return all
}

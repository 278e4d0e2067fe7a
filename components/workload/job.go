package workload

import (
	"fmt"

	batchv1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/batch/v1"
	corev1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/core/v1"
	metav1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/meta/v1"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"k8s.io/apimachinery/pkg/util/validation"

	"coffee-platform/internal/problem"
)

// JobArgs describe something that runs once, to its end, in the same hardened pod.
type JobArgs struct {
	// AppName is the name of everything but the Job, Component the part it plays; see Args.
	AppName   string
	Component string
	// JobName is the Job's own name, in Kubernetes and in Pulumi. The same name is the same run: whatever else
	// changes, it is not run again.
	JobName string
	// Container is what runs.
	Container Container
	// DeadlineSeconds is how long all attempts together may take, in seconds, with the start of a node.
	DeadlineSeconds int
	// Attempts is how often it is tried again, each time in a new pod, after 10, 20, 40… seconds.
	Attempts int
	// Place is where it runs, and what is around it.
	Place
}

// Validate reports every problem of the plain arguments; paths are relative to them.
func (a *JobArgs) Validate() problem.List {
	var problems problem.List
	validateName(&problems, a.AppName)
	if len(validation.IsDNS1035Label(a.JobName)) > 0 {
		problems.Add("jobName", "%q is not a DNS label: lower-case letters, digits and -, at most 63", a.JobName)
	}
	problems.AddUnder("", a.Container.validate(Burstable))
	if a.DeadlineSeconds < 1 {
		problems.Add("deadlineSeconds", "%d gives it no time: use at least 1", a.DeadlineSeconds)
	}
	if a.Attempts < 0 {
		problems.Add("attempts", "%d is negative: use 0 or more", a.Attempts)
	}
	problems.AddUnder("rules", a.Rules.Validate())
	return problems
}

// Job is something that ran once.
type Job struct {
	pulumi.ResourceState

	// Done is the resource after which it has succeeded.
	Done pulumi.Resource
}

// jobMargin is what Pulumi waits beyond a Job's deadline, so that it is the Job that says what went wrong.
const jobMargin = 300

// NewJob creates a Job and waits until it has succeeded. It fails before the first resource if args do not validate.
func NewJob(ctx *pulumi.Context, name string, args *JobArgs, opts ...pulumi.ResourceOption) (*Job, error) {
	if args.Container.ContainerName == "" {
		args.Container.ContainerName = args.AppName
	}
	if err := args.Validate().Err(); err != nil {
		return nil, fmt.Errorf("job %q: %w", name, err)
	}
	j := &Job{}
	if err := ctx.RegisterComponentResource("coffee:workload:Job", name, j, opts...); err != nil {
		return nil, fmt.Errorf("registering job %q: %w", name, err)
	}
	b := &builder{
		ctx: ctx, name: name, parent: pulumi.Parent(j),
		appName: args.AppName, component: args.Component, class: Burstable, priority: args.Priority, namespace: args.Namespace,
	}
	if err := b.buildJob(j, args); err != nil {
		return nil, err
	}
	return j, ctx.RegisterResourceOutputs(j, pulumi.Map{})
}

func (b *builder) buildJob(j *Job, args *JobArgs) error {
	if err := b.createServiceAccount(); err != nil {
		return err
	}
	if err := b.createSettings(args.Secrets, args.SecretStore, &args.Container); err != nil {
		return err
	}
	policy, err := b.createNetworkPolicy(args.Rules)
	if err != nil {
		return err
	}
	pod := b.pod(&args.Container)
	pod.RestartPolicy = pulumi.String("Never")
	pod.Containers = corev1.ContainerArray{b.container(&args.Container)}
	metadata := b.metadata()
	metadata.Name = pulumi.String(args.JobName)
	// One that failed is made again by the next deployment, which would otherwise only look at it
	// (https://www.pulumi.com/registry/packages/kubernetes/api-docs/batch/v1/job/).
	metadata.Annotations = pulumi.StringMap{"pulumi.com/replaceUnready": pulumi.String("true")}
	job, err := batchv1.NewJob(b.ctx, args.JobName, &batchv1.JobArgs{
		Metadata: metadata,
		// It stays when it is done, to be read: a Job that cleared itself away would be made again.
		Spec: &batchv1.JobSpecArgs{
			ActiveDeadlineSeconds: pulumi.Int(args.DeadlineSeconds),
			BackoffLimit:          pulumi.Int(args.Attempts),
			// A pod that loses its node says nothing about the Job, and is no attempt
			// (https://kubernetes.io/docs/concepts/workloads/controllers/job/#pod-failure-policy).
			PodFailurePolicy: &batchv1.PodFailurePolicyArgs{Rules: batchv1.PodFailurePolicyRuleArray{&batchv1.PodFailurePolicyRuleArgs{
				Action: pulumi.String("Ignore"),
				OnPodConditions: batchv1.PodFailurePolicyOnPodConditionsPatternArray{&batchv1.PodFailurePolicyOnPodConditionsPatternArgs{
					Type: pulumi.String("DisruptionTarget"), Status: pulumi.String("True"),
				}},
			}}},
			Template: &corev1.PodTemplateSpecArgs{
				Metadata: &metav1.ObjectMetaArgs{
					Labels:      b.podLabels(),
					Annotations: undisturbed,
				},
				Spec: pod,
			},
		},
	}, b.parent,
		pulumi.DependsOn(append([]pulumi.Resource{policy}, args.After...)),
		// A setting or a secret that changed since is no reason to run it again. Another name is another resource,
		// which has nothing to ignore; a replacement would keep what is ignored, the image of the old release too.
		pulumi.IgnoreChanges([]string{"spec"}),
		pulumi.Timeouts(&pulumi.CustomTimeouts{Create: seconds(args.DeadlineSeconds + jobMargin)}))
	if err != nil {
		return fmt.Errorf("creating job %q: %w", b.name, err)
	}
	j.Done = job
	return nil
}

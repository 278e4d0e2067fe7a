package databaseroles

import (
	"fmt"

	batchv1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/batch/v1"
	corev1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/core/v1"
	metav1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/meta/v1"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"coffee-platform/components/identity"
	"coffee-platform/components/networkpolicy"
	"coffee-platform/internal/iampolicy"
)

// DatabaseRoles are the roles of a database.
type DatabaseRoles struct {
	pulumi.ResourceState

	// JobName is the name of the Job that made them, with its log.
	JobName pulumi.StringOutput `pulumi:"jobName"`
	// Done is the resource after which the logins work.
	Done pulumi.Resource
}

// New creates the roles. It fails before the first resource if args do not validate.
func New(ctx *pulumi.Context, name string, args *Args, opts ...pulumi.ResourceOption) (*DatabaseRoles, error) {
	if err := args.Validate().Err(); err != nil {
		return nil, fmt.Errorf("database roles %q: %w", name, err)
	}
	r := &DatabaseRoles{}
	if err := ctx.RegisterComponentResource("coffee:databaseroles:DatabaseRoles", name, r, opts...); err != nil {
		return nil, fmt.Errorf("registering database roles %q: %w", name, err)
	}
	b := &builder{ctx: ctx, name: name, args: args, parent: pulumi.Parent(r)}
	job, err := b.build()
	if err != nil {
		return nil, err
	}
	r.JobName = job.Metadata.Name().Elem()
	r.Done = job
	return r, ctx.RegisterResourceOutputs(r, pulumi.Map{"jobName": r.JobName})
}

// builder holds what every step of New needs.
type builder struct {
	ctx    *pulumi.Context
	name   string
	args   *Args
	parent pulumi.ResourceOption
	// serviceAccount and scripts are names of what the pod refers to.
	serviceAccount pulumi.StringOutput
	scripts        pulumi.StringOutput
}

func (b *builder) build() (*batchv1.Job, error) {
	identityArgs := b.args.identity()
	identityArgs.Permissions = b.permissions()
	who, err := identity.New(b.ctx, b.name, identityArgs, b.parent)
	if err != nil {
		return nil, err
	}
	account, err := corev1.NewServiceAccount(b.ctx, b.name, &corev1.ServiceAccountArgs{
		Metadata: &metav1.ObjectMetaArgs{
			Name:      pulumi.String(jobName),
			Namespace: b.args.Namespace,
			Labels:    labels(),
		},
		AutomountServiceAccountToken: pulumi.Bool(false),
	}, b.parent)
	if err != nil {
		return nil, fmt.Errorf("creating service account %q: %w", b.name, err)
	}
	b.serviceAccount = account.Metadata.Name().Elem()

	// No name of its own: Pulumi then gives every version of the scripts a new one, and a Job that is still
	// running keeps those it began with.
	files, err := corev1.NewConfigMap(b.ctx, b.name, &corev1.ConfigMapArgs{
		Metadata:  &metav1.ObjectMetaArgs{Namespace: b.args.Namespace, Labels: labels()},
		Data:      pulumi.ToStringMap(scripts),
		Immutable: pulumi.Bool(true),
	}, b.parent)
	if err != nil {
		return nil, fmt.Errorf("creating scripts %q: %w", b.name, err)
	}
	b.scripts = files.Metadata.Name().Elem()

	policy, err := networkpolicy.New(b.ctx, b.name, &networkpolicy.Args{
		PolicyName: jobName,
		Namespace:  b.args.Namespace,
		Pods:       map[string]string{"app.kubernetes.io/name": jobName},
		Labels:     labels(),
		Rules:      b.args.Rules,
	}, b.parent)
	if err != nil {
		return nil, err
	}
	job, err := batchv1.NewJob(b.ctx, b.name, b.job(), b.parent,
		pulumi.DependsOn(append([]pulumi.Resource{who.Association, policy}, b.args.After...)),
		pulumi.Timeouts(&pulumi.CustomTimeouts{Create: createTimeout}))
	if err != nil {
		return nil, fmt.Errorf("creating job %q: %w", b.name, err)
	}
	return job, nil
}

// permissions are to read three secrets, and to decrypt with their keys what Secrets Manager asks them for.
func (b *builder) permissions() pulumi.StringOutput {
	return pulumi.All(
		b.args.MasterSecretARN, b.args.AppSecretARN, b.args.MigratorSecretARN, b.args.MasterKeyARN, b.args.SecretsKeyARN,
	).ApplyT(func(arns []any) string {
		var resources []string
		for _, arn := range arns {
			resources = append(resources, arn.(string))
		}
		return iampolicy.Document(
			iampolicy.Statement{
				Sid:      "Secrets",
				Effect:   iampolicy.Allow,
				Action:   []string{"secretsmanager:GetSecretValue"},
				Resource: resources[:3],
			},
			iampolicy.Statement{
				Sid:      "Keys",
				Effect:   iampolicy.Allow,
				Action:   []string{"kms:Decrypt"},
				Resource: resources[3:],
				Condition: map[string]map[string][]string{"StringEquals": {
					"kms:ViaService": {fmt.Sprintf("secretsmanager.%s.amazonaws.com", b.args.Region)},
				}},
			},
		)
	}).(pulumi.StringOutput)
}

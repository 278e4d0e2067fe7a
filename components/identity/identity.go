// Package identity lets the pods of one service account use AWS, by EKS Pod Identity: an IAM role that
// nobody else can assume, with exactly the permissions given, and no key anywhere.
package identity

import (
	"fmt"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v7/go/aws/eks"
	"github.com/pulumi/pulumi-aws/sdk/v7/go/aws/iam"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"k8s.io/apimachinery/pkg/util/validation"

	"coffee-platform/internal/awsname"
	"coffee-platform/internal/iampolicy"
	"coffee-platform/internal/problem"
)

// Args describe an identity. Plain values decide what is created, inputs come from other resources.
type Args struct {
	// Namespace and ServiceAccount name whose pods have the identity. The service account need not exist
	// yet; pods that start before the identity does have none until they are started again.
	Namespace      string
	ServiceAccount string
	// Region, AccountID and ClusterName say which cluster it is.
	Region      string
	AccountID   string
	ClusterName string

	// Cluster is the name of the cluster as what creates it gives it, so that the identity waits for it.
	Cluster pulumi.StringInput
	// Permissions is the policy document of what the pods may do.
	Permissions pulumi.StringInput
}

// Validate reports every problem of the plain arguments; paths are relative to them.
func (a *Args) Validate() problem.List {
	var problems problem.List
	for path, name := range map[string]string{"namespace": a.Namespace, "serviceAccount": a.ServiceAccount} {
		if len(validation.IsDNS1123Label(name)) > 0 {
			problems.Add(path, "%q is not a DNS label: lower-case letters, digits and -, at most 63", name)
		}
	}
	if !awsname.IsAccountID(a.AccountID) {
		problems.Add("accountId", "%q is not an AWS account: it has 12 digits", a.AccountID)
	}
	if strings.TrimSpace(a.ClusterName) == "" {
		problems.Add("clusterName", "is empty: name the cluster whose pods these are")
	}
	return problems
}

// Identity is an IAM role for the pods of one service account.
type Identity struct {
	pulumi.ResourceState

	// RoleARN is the role's.
	RoleARN pulumi.StringOutput `pulumi:"roleArn"`
	// Association is the resource after which pods that start have the identity, with all its permissions.
	Association pulumi.Resource
}

// New creates an identity. It fails before the first resource if args do not validate.
func New(ctx *pulumi.Context, name string, args *Args, opts ...pulumi.ResourceOption) (*Identity, error) {
	if err := args.Validate().Err(); err != nil {
		return nil, fmt.Errorf("identity %q: %w", name, err)
	}
	i := &Identity{}
	if err := ctx.RegisterComponentResource("coffee:identity:Identity", name, i, opts...); err != nil {
		return nil, fmt.Errorf("registering identity %q: %w", name, err)
	}
	parent := pulumi.Parent(i)

	role, err := iam.NewRole(ctx, name, &iam.RoleArgs{
		Description:      pulumi.Sprintf("Pods of %s/%s in %s", args.Namespace, args.ServiceAccount, args.ClusterName),
		AssumeRolePolicy: pulumi.String(trust(args)),
	}, parent)
	if err != nil {
		return nil, fmt.Errorf("creating role %q: %w", name, err)
	}
	permissions, err := iam.NewRolePolicy(ctx, name, &iam.RolePolicyArgs{
		Role:   role.ID(),
		Policy: args.Permissions,
	}, parent)
	if err != nil {
		return nil, fmt.Errorf("granting role %q: %w", name, err)
	}
	association, err := eks.NewPodIdentityAssociation(ctx, name, &eks.PodIdentityAssociationArgs{
		ClusterName:    args.Cluster,
		Namespace:      pulumi.String(args.Namespace),
		ServiceAccount: pulumi.String(args.ServiceAccount),
		RoleArn:        role.Arn,
	}, parent, pulumi.DependsOn([]pulumi.Resource{permissions}))
	if err != nil {
		return nil, fmt.Errorf("associating %q: %w", name, err)
	}
	i.RoleARN = role.Arn
	i.Association = association
	return i, ctx.RegisterResourceOutputs(i, pulumi.Map{"roleArn": i.RoleARN})
}

// trust lets EKS, for pods of the one service account in the one cluster, assume the role
// (https://docs.aws.amazon.com/eks/latest/userguide/pod-id-role.html).
func trust(args *Args) string {
	cluster := fmt.Sprintf("arn:aws:eks:%s:%s:cluster/%s", args.Region, args.AccountID, args.ClusterName)
	return iampolicy.Document(iampolicy.Statement{
		Effect:    iampolicy.Allow,
		Principal: map[string]any{"Service": "pods.eks.amazonaws.com"},
		Action:    []string{"sts:AssumeRole", "sts:TagSession"},
		Condition: map[string]map[string][]string{
			"StringEquals": {
				"aws:RequestTag/kubernetes-namespace":       {args.Namespace},
				"aws:RequestTag/kubernetes-service-account": {args.ServiceAccount},
				"aws:RequestTag/eks-cluster-arn":            {cluster},
			},
		},
	})
}

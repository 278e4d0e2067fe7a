package autoscaling

import (
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"k8s.io/apimachinery/pkg/util/validation"

	"coffee-platform/components/networkpolicy"
	"coffee-platform/internal/awsname"
	"coffee-platform/internal/problem"
)

// Args describe an installation of KEDA. Plain values decide what is created, inputs come from other
// resources.
type Args struct {
	// Replicas is how many pods of the operator and of the metrics server run; one of each works, the others
	// take over from it.
	Replicas int
	// PodSecurityVersion is the Kubernetes version whose restricted standard its pods meet, "1.35".
	PodSecurityVersion string
	// WatchNamespace is the namespace whose workloads are scaled.
	WatchNamespace string
	// CloudWatch lets KEDA read the metrics of the account, which scaling by requests takes.
	CloudWatch bool
	// DNSAddress is the cluster's name server. Rules say whom KEDA may call besides, and who may call it.
	DNSAddress string
	Rules      networkpolicy.Rules
	// Quota is what its pods together may ask for; see namespace.Args.
	Quota map[string]string
	// Region, AccountID and ClusterName say which cluster it is.
	Region      string
	AccountID   string
	ClusterName string

	// Cluster is the name of the cluster as what creates it gives it.
	Cluster pulumi.StringInput
	// Namespace is WatchNamespace as what creates it gives it.
	Namespace pulumi.StringInput
	// After are the resources after which its pods can run: nodes.
	After []pulumi.Resource
}

// Validate reports every problem of the plain arguments; paths are relative to them.
func (a *Args) Validate() problem.List {
	var problems problem.List
	if a.Replicas < 1 {
		problems.Add("replicas", "%d scales nothing: use at least 1", a.Replicas)
	}
	if len(validation.IsDNS1123Label(a.WatchNamespace)) > 0 || a.WatchNamespace == NamespaceName {
		problems.Add("watchNamespace", "%q is not a namespace of workloads: a DNS label other than %s", a.WatchNamespace, NamespaceName)
	}
	if strings.TrimSpace(a.Region) == "" {
		problems.Add("region", "is empty: name the region of the cluster")
	}
	if !awsname.IsAccountID(a.AccountID) {
		problems.Add("accountId", "%q is not an AWS account: it has 12 digits", a.AccountID)
	}
	if strings.TrimSpace(a.ClusterName) == "" {
		problems.Add("clusterName", "is empty: name the cluster whose workloads are scaled")
	}
	problems.AddUnder("", a.namespaceArgs().Validate())
	return problems
}

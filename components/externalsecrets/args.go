package externalsecrets

import (
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"k8s.io/apimachinery/pkg/util/validation"

	"coffee-platform/components/networkpolicy"
	"coffee-platform/internal/awsname"
	"coffee-platform/internal/problem"
)

// Args describe the controller and its store. Plain values decide what is created, inputs come from other
// resources.
type Args struct {
	// Replicas is how many pods of the controller run; one of them works, the others take over from it.
	Replicas int
	// PodSecurityVersion is the Kubernetes version whose restricted standard its pods meet, "1.35".
	PodSecurityVersion string
	// StoreNamespace is the namespace that gets secrets, and the only one the controller works in.
	StoreNamespace string
	// DNSAddress is the cluster's name server. Rules say whom the controller may call besides, and who may call it.
	DNSAddress string
	Rules      networkpolicy.Rules
	// Quota is what its pods together may ask for; see namespace.Args.
	Quota map[string]string
	// Region, AccountID and ClusterName say which cluster it is, and where the secrets are.
	Region      string
	AccountID   string
	ClusterName string

	// Cluster is the name of the cluster as what creates it gives it.
	Cluster pulumi.StringInput
	// Namespace is StoreNamespace as what creates it gives it.
	Namespace pulumi.StringInput
	// SecretARNs are the secrets the controller may read, KeyARNs the keys they are encrypted with.
	SecretARNs pulumi.StringArrayInput
	KeyARNs    pulumi.StringArrayInput
	// After are the resources after which its pods can run: nodes.
	After []pulumi.Resource
}

// Validate reports every problem of the plain arguments; paths are relative to them.
func (a *Args) Validate() problem.List {
	var problems problem.List
	if a.Replicas < 1 {
		problems.Add("replicas", "%d delivers nothing: use at least 1", a.Replicas)
	}
	if len(validation.IsDNS1123Label(a.StoreNamespace)) > 0 || a.StoreNamespace == NamespaceName {
		problems.Add("storeNamespace", "%q is not a namespace that can get secrets: a DNS label other than %s", a.StoreNamespace, NamespaceName)
	}
	if strings.TrimSpace(a.Region) == "" {
		problems.Add("region", "is empty: name the region of the secrets")
	}
	if !awsname.IsAccountID(a.AccountID) {
		problems.Add("accountId", "%q is not an AWS account: it has 12 digits", a.AccountID)
	}
	if strings.TrimSpace(a.ClusterName) == "" {
		problems.Add("clusterName", "is empty: name the cluster that gets the secrets")
	}
	problems.AddUnder("", a.namespaceArgs().Validate())
	return problems
}

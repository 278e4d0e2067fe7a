package cluster

import (
	"fmt"
	"net/netip"
	"regexp"
	"slices"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"coffee-platform/internal/logretention"
	"coffee-platform/internal/problem"
)

// Args describe a cluster. Plain values decide what is created, inputs come from other resources.
type Args struct {
	// ClusterName is the cluster's name in AWS, unique in its account and region.
	ClusterName string
	// Version is the Kubernetes version, "1.35"; see SupportedVersions.
	Version string
	// PublicAccessCIDRs are the networks the API endpoint can be reached from over the internet; with
	// none, the endpoint is private.
	PublicAccessCIDRs []string
	// PrivateAccessCIDRs are the networks of the VPC, or behind it, that the private endpoint can be reached from.
	// With none, nodes and pods alone reach it: its security group admits its own members only.
	PrivateAccessCIDRs []string
	// Admins are the ARNs of IAM roles that may do everything in the cluster. The role that deploys must be
	// one of them: whoever creates a cluster here gets nothing by that alone.
	Admins []string
	// LogTypes are the control-plane logs that are kept; see AllLogTypes.
	LogTypes []string
	// LogRetentionDays is how long they are kept, in days; one of the values CloudWatch Logs takes.
	LogRetentionDays int
	// DeletionProtection makes AWS refuse to delete the cluster, Protect Pulumi to delete or replace it and
	// its key.
	DeletionProtection bool
	Protect            bool
	// Region and AccountID are where the cluster is: for who may use the key of its logs.
	Region    string
	AccountID string

	// PrivateSubnetIDs are the subnets of nodes, pods and the control plane's network interfaces,
	// in at least two zones.
	PrivateSubnetIDs pulumi.StringArrayInput
}

// ServiceCIDR are the addresses of Services: one of the two blocks that EKS itself would choose from
// (https://docs.aws.amazon.com/eks/latest/APIReference/API_KubernetesNetworkConfigRequest.html), and named, because
// network policies have to name DNSAddress. No VPC may meet it.
const ServiceCIDR = "172.20.0.0/16"

// APIAddress is the Kubernetes API as pods reach it: the first address of Services.
const APIAddress = "172.20.0.1"

// DNSAddress is the cluster's name server: EKS gives it the tenth address of Services.
const DNSAddress = "172.20.0.10"

// SupportedVersions are the Kubernetes versions in EKS standard support, with room before their end:
// 1.34 ends on 2 December 2026, 1.35 on 27 March 2027, 1.36 on 2 August 2027
// (https://docs.aws.amazon.com/eks/latest/userguide/kubernetes-versions.html, read in November 2026).
var SupportedVersions = []string{"1.35", "1.36"}

// AllLogTypes are the control-plane logs EKS can keep
// (https://docs.aws.amazon.com/eks/latest/userguide/control-plane-logs.html).
var AllLogTypes = []string{"api", "audit", "authenticator", "controllerManager", "scheduler"}

var (
	// https://docs.aws.amazon.com/eks/latest/APIReference/API_CreateCluster.html
	clusterName = regexp.MustCompile(`^[0-9A-Za-z][A-Za-z0-9\-_]{0,99}$`)
	roleARN     = regexp.MustCompile(`^arn:aws[a-z-]*:iam::\d{12}:role/[\w+=,.@/-]+$`)
)

// Validate reports every problem of the plain arguments; paths are relative to them.
func (a *Args) Validate() problem.List {
	var problems problem.List
	if !clusterName.MatchString(a.ClusterName) {
		problems.Add("name", "%q is not a cluster name: start with a letter or digit, then letters, digits, - and _, at most 100", a.ClusterName)
	}
	if !slices.Contains(SupportedVersions, a.Version) {
		problems.Add("version", "%q is not in EKS standard support: use one of %v, in quotes", a.Version, SupportedVersions)
	}
	for i, cidr := range a.PublicAccessCIDRs {
		validatePublicCIDR(&problems, fmt.Sprintf("publicAccessCidrs[%d]", i), cidr)
	}
	a.validatePrivateCIDRs(&problems)
	if len(a.Admins) == 0 {
		problems.Add("admins", "is empty: name the IAM role that deploys, or nobody gets into the cluster")
	}
	for i, arn := range a.Admins {
		if !roleARN.MatchString(arn) {
			problems.Add(fmt.Sprintf("admins[%d]", i), "%q is not the ARN of an IAM role: write arn:aws:iam::<account>:role/<name>", arn)
		}
	}
	for i, t := range a.LogTypes {
		if !slices.Contains(AllLogTypes, t) {
			problems.Add(fmt.Sprintf("logTypes[%d]", i), "%q is not a control-plane log: use some of %v", t, AllLogTypes)
		}
	}
	logretention.Validate(&problems, "logRetentionDays", a.LogRetentionDays)
	return problems
}

// validatePrivateCIDRs wants networks, each once: EC2 refuses a security group the same rule twice
// (https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html, InvalidPermission.Duplicate).
func (a *Args) validatePrivateCIDRs(problems *problem.List) {
	seen := map[netip.Prefix]bool{}
	for i, cidr := range a.PrivateAccessCIDRs {
		path := fmt.Sprintf("privateAccessCidrs[%d]", i)
		network, err := netip.ParsePrefix(cidr)
		switch {
		case err != nil:
			problems.Add(path, "%q is not a network: write one like 10.20.0.0/16", cidr)
		case seen[network.Masked()]:
			problems.Add(path, "%s is %s again", cidr, network.Masked())
		}
		seen[network.Masked()] = true
	}
}

// minAdminPrefix is the shortest prefix that still reads as "these people": a /16 is 65,536 addresses.
const minAdminPrefix = 16

func validatePublicCIDR(problems *problem.List, path, cidr string) {
	prefix, err := netip.ParsePrefix(cidr)
	switch {
	case err != nil || !prefix.Addr().Is4():
		problems.Add(path, "%q is not an IPv4 block: write one like 203.0.113.7/32", cidr)
	case prefix.Bits() < minAdminPrefix:
		problems.Add(path, "%s opens the Kubernetes API to the internet: name the networks you work from, /%d or smaller", cidr, minAdminPrefix)
	case prefix.Addr().IsPrivate():
		problems.Add(path, "%s is a private network, which never reaches a public endpoint: leave it out", cidr)
	}
}

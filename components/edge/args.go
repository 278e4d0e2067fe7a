package edge

import (
	"regexp"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"coffee-platform/internal/awsname"
	"coffee-platform/internal/logretention"
	"coffee-platform/internal/problem"
)

// Args describe an edge. Plain values decide what is created, inputs come from other resources.
type Args struct {
	// Domain is the name the product has on the internet, "app.example.com". No other is answered.
	Domain string
	// ZoneID is the Route 53 hosted zone that the name is in, by its id.
	ZoneID string
	// Routes are the services that are reached from the internet.
	Routes []Route
	// Internal are the ports of services that must never be, by the service's name: a route to one of these
	// names or ports is refused.
	Internal map[string]int
	// ClusterName is the EKS cluster whose pods are routed to.
	ClusterName string
	// RequestsPerAddress is how many requests one address may make in RateWindowSeconds before it is turned
	// away until it makes fewer.
	RequestsPerAddress int
	// MaxBodyBytes is how large the body of a request may be, in bytes; files go to object storage directly.
	MaxBodyBytes int
	// AccessLogRetentionDays is how long the record of requests is kept, in days.
	AccessLogRetentionDays int
	// FirewallLogRetentionDays is how long the firewall's is, in days; one of the values CloudWatch Logs takes.
	FirewallLogRetentionDays int
	// DeletionProtection makes AWS refuse to delete the load balancer.
	DeletionProtection bool
	// ForceDestroy has Pulumi empty the bucket of access logs when it deletes it; otherwise S3 refuses to
	// delete what is not empty.
	ForceDestroy bool
	// Protect makes Pulumi refuse to delete or replace the bucket of access logs, and the key of the
	// firewall's.
	Protect bool
	// Region and AccountID are where the edge is: for who may write its logs and use their key.
	Region    string
	AccountID string

	// VPCID and PublicSubnetIDs place the load balancer, in at least two zones.
	VPCID           pulumi.StringInput
	PublicSubnetIDs pulumi.StringArrayInput
	// InternetGateway is the way of those subnets to the internet: AWS makes no load balancer before it is
	// there, and does not let go of it while there is one.
	InternetGateway pulumi.Resource
	// ClusterSecurityGroupID is the group that pods are in. It gets a rule for each routed port.
	ClusterSecurityGroupID pulumi.StringInput
}

// RateWindowSeconds is the time in which an address may make RequestsPerAddress requests.
const RateWindowSeconds = 300

// Bounds of what makes sense.
const (
	// WAF takes from 10 to 2,000,000,000
	// (https://docs.aws.amazon.com/waf/latest/APIReference/API_RateBasedStatement.html). Under a hundred in five
	// minutes one page with its pictures is too much.
	minRequestsPerAddress = 100
	maxRequestsPerAddress = 2_000_000_000
	// Less than what the firewall sees of a body is no limit of its own; more than a gigabyte is no request.
	maxBodyBytes = 1 << 30
	// Ten years: S3 takes more, but more is a typing error.
	maxRetentionDays = 3653
	// ACM takes no longer name (https://docs.aws.amazon.com/acm/latest/APIReference/API_RequestCertificate.html).
	maxDomain = 64
)

var (
	domainName = regexp.MustCompile(`^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}$`)
	// https://docs.aws.amazon.com/Route53/latest/APIReference/API_GetHostedZone.html
	zoneID = regexp.MustCompile(`^Z[A-Z0-9]{1,31}$`)
)

// Validate reports every problem of the plain arguments; paths are relative to them.
func (a *Args) Validate() problem.List {
	var problems problem.List
	if !domainName.MatchString(a.Domain) || len(a.Domain) > maxDomain {
		problems.Add("domain", "%q is not a domain name: write one like app.example.com, in lower case, at most %d characters", a.Domain, maxDomain)
	}
	if !zoneID.MatchString(a.ZoneID) {
		problems.Add("zoneId", "%q is not the id of a Route 53 hosted zone: write one like Z0123456789ABCDEFGHIJ", a.ZoneID)
	}
	if a.ClusterName == "" {
		problems.Add("clusterName", "is empty: name the cluster whose pods are routed to")
	}
	problems.AddUnder("routes", a.validateRoutes())
	if a.RequestsPerAddress < minRequestsPerAddress || a.RequestsPerAddress > maxRequestsPerAddress {
		problems.Add("requestsPerAddress", "%d is outside %d to %d in five minutes", a.RequestsPerAddress, minRequestsPerAddress, maxRequestsPerAddress)
	}
	if a.MaxBodyBytes < inspectedBytes || a.MaxBodyBytes > maxBodyBytes {
		problems.Add("maxBodyBytes", "%d is outside %d to %d bytes", a.MaxBodyBytes, inspectedBytes, maxBodyBytes)
	}
	if a.AccessLogRetentionDays < 1 || a.AccessLogRetentionDays > maxRetentionDays {
		problems.Add("accessLogRetentionDays", "%d is outside 1 to %d days", a.AccessLogRetentionDays, maxRetentionDays)
	}
	logretention.Validate(&problems, "firewallLogRetentionDays", a.FirewallLogRetentionDays)
	if !awsname.IsAccountID(a.AccountID) {
		problems.Add("accountId", "%q is not an AWS account: it has 12 digits", a.AccountID)
	}
	if !awsname.IsRegion(a.Region) {
		problems.Add("region", "%q is not an AWS region: write one like us-east-1", a.Region)
	}
	return problems
}

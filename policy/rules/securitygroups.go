package rules

import (
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"

	"coffee-platform/policy/rule"
	"coffee-platform/policy/securitygroup"
)

var closedAdminPorts = rule.Rule{
	ID:       "c4",
	Name:     "closed-admin-ports",
	Title:    "Remote administration is open to nobody from the internet, and plain HTTP only on a load balancer",
	Why:      "open SSH and RDP ports are tried around the clock, and HTTP on a machine of its own passes by the load balancer's TLS and filters",
	Fix:      "use Session Manager instead of SSH, and admit the load balancer's security group instead of the internet",
	Severity: apitype.PolicySeverityCritical,
	Level:    apitype.Mandatory,
	Controls: []rule.Control{
		rule.FSBP("EC2.13"), rule.FSBP("EC2.14"), rule.CISAWS("6.3"), rule.CISAWS("6.4"),
		rule.Checkov("CKV_AWS_24"), rule.Checkov("CKV_AWS_25"), rule.Checkov("CKV_AWS_260"), rule.Trivy("AWS-0107"),
	},
	Settings: []rule.Setting{
		{
			Name:        "adminPorts",
			Description: "TCP ports of remote administration. None may be open to the internet in any security group.",
			// SSH and RDP.
			Default: []int64{22, 3389},
		},
		{
			Name:        "balancedPorts",
			Description: "TCP ports that only a load balancer may open to the internet.",
			// HTTP, which a load balancer needs to redirect to HTTPS.
			Default: []int64{80},
		},
	},
	AppliesTo: rule.OfType(
		securitygroup.Group, securitygroup.DefaultGroup, securitygroup.Rule, securitygroup.IngressRule),
	Check: func(r rule.Resource, env rule.Env) rule.Result {
		return checkOpenPorts(r, env.Settings.Ports("adminPorts"), "a port of remote administration")
	},
	CheckStack: checkBalancedPorts,
}

// isLoadBalancer selects load balancers of every kind.
var isLoadBalancer = either(isTypedBalancer, isClassicBalancer)

// checkBalancedPorts looks at every group that is not a load balancer's, and at every rule
// in it wherever it is written.
func checkBalancedPorts(stack rule.Stack, env rule.Env) rule.Result {
	var result rule.Result
	groups := stack.Select(isGroup)
	if len(groups) == 0 {
		return rule.Skip("no security group in the stack")
	}
	for _, group := range groups {
		if balancers, _ := stack.Referring(group, "", "securityGroups", isLoadBalancer); len(balancers) > 0 {
			continue
		}
		for _, permission := range permissionsOf(group, stack, &result) {
			findOpenPorts(permission, env.Settings.Ports("balancedPorts"), "a port that only a load balancer may open", &result)
		}
	}
	return result
}

// looseRules finds the rules of a group that are resources of their own.
func looseRules(group rule.Resource, stack rule.Stack, selects rule.Selector, result *rule.Result) []rule.Resource {
	loose, more := stack.Referring(group, "", securitygroup.GroupProperty, selects)
	if more {
		result.Undetermined(group.Inputs, "may have more rules: whose they are is known only after deployment")
	}
	return loose
}

// permissionsOf reads the ingress rules of a group, in it and on their own.
func permissionsOf(group rule.Resource, stack rule.Stack, result *rule.Result) []securitygroup.Permission {
	permissions := securitygroup.Permissions(group, result)
	for _, loose := range looseRules(group, stack, isLooseRule, result) {
		permissions = append(permissions, securitygroup.Permissions(loose, result)...)
	}
	return permissions
}

var narrowSecurityGroups = rule.Rule{
	ID:       "c5",
	Name:     "narrow-security-groups",
	Title:    "Security groups and their rules say what they are for, and data stores call nobody on the internet",
	Why:      "a rule nobody can explain is one nobody dares to remove, and a data store that may call out is how stolen data leaves",
	Fix:      "write a description for the group and each rule, and give the data store's group no egress rule or one to a range of the VPC",
	Severity: apitype.PolicySeverityMedium,
	Level:    apitype.Mandatory,
	Controls: []rule.Control{
		rule.Checkov("CKV_AWS_382"), rule.Checkov("CKV_AWS_23"),
		rule.Trivy("AWS-0104"), rule.Trivy("AWS-0099"), rule.Trivy("AWS-0124"),
	},
	AppliesTo: rule.OfType(
		securitygroup.Group, securitygroup.Rule, securitygroup.IngressRule, securitygroup.EgressRule),
	Check:      checkDescriptions,
	CheckStack: checkDataStoreEgress,
}

func checkDescriptions(r rule.Resource, _ rule.Env) rule.Result {
	var result rule.Result
	demandDescription(r.Inputs.Get("description"), &result)
	if r.Type != securitygroup.Group {
		return result
	}
	for _, permission := range append(securitygroup.Permissions(r, &result), securitygroup.Egress(r, &result)...) {
		demandDescription(permission.At.Get("description"), &result)
	}
	return result
}

func demandDescription(at rule.Value, result *rule.Result) {
	text, state := at.Text()
	switch {
	case result.Unreadable(at, state, "a string"):
	case strings.TrimSpace(text) == "":
		result.Fail(at, "is not set")
	// What the provider writes when nobody did.
	case text == "Managed by Pulumi" || text == "Managed by Terraform":
		result.Fail(at, "is %s, which says nothing", at.Show())
	}
}

// checkDataStoreEgress looks at the egress rules of every group that is attached to a data
// store. A group without any lets nothing out: the provider removes the one AWS makes.
func checkDataStoreEgress(stack rule.Stack, _ rule.Env) rule.Result {
	var result rule.Result
	stores := stack.Select(func(r rule.Resource) bool { return dataStores[r.Type] != "" })
	if len(stores) == 0 {
		return rule.Skip("no data store in the stack")
	}
	seen := map[string]bool{}
	for _, store := range stores {
		for _, group := range groupsOf(store, stack, &result) {
			if !seen[group.URN] {
				checkEgress(group, stack, &result)
			}
			seen[group.URN] = true
		}
	}
	return result
}

var isLooseEgress = rule.OfType(securitygroup.Rule, securitygroup.EgressRule)

func checkEgress(group rule.Resource, stack rule.Stack, result *rule.Result) {
	permissions := securitygroup.Egress(group, result)
	for _, loose := range looseRules(group, stack, isLooseEgress, result) {
		permissions = append(permissions, securitygroup.Egress(loose, result)...)
	}
	for _, permission := range permissions {
		if permission.Inbound == rule.Yes {
			continue
		}
		for _, at := range permission.Ranges {
			to, state := securitygroup.Range(at)
			switch {
			case result.Unreadable(at, state, "an address range"):
			case !securitygroup.Worldwide(to):
			case permission.Inbound == rule.No:
				result.Fail(at, "lets a data store call %s, which is the internet", at.Show())
			default:
				result.Undetermined(at, "is a rule whose direction is known only after deployment")
			}
		}
		for _, at := range permission.PrefixLists {
			result.Undetermined(at, "lets a data store call a prefix list, whose addresses are not written here")
		}
	}
}

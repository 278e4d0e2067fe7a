package rules

import (
	"strconv"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"

	"coffee-platform/policy/object"
	"coffee-platform/policy/rule"
)

// Types of what machines are made from.
const (
	eksNodeGroup        = "aws:eks/nodeGroup:NodeGroup"
	autoscalingGroup    = "aws:autoscaling/group:Group"
	ec2Instance         = "aws:ec2/instance:Instance"
	ec2SpotRequest      = "aws:ec2/spotInstanceRequest:SpotInstanceRequest"
	ec2LaunchTemplate   = "aws:ec2/launchTemplate:LaunchTemplate"
	ec2LaunchConfig     = "aws:ec2/launchConfiguration:LaunchConfiguration"
	ec2MetadataDefaults = "aws:ec2/instanceMetadataDefaults:InstanceMetadataDefaults"
)

// Kinds of what Auto Mode, and Karpenter on its own, make machines from.
const (
	kindAutoNodeClass      = "eks.amazonaws.com/NodeClass"
	kindKarpenterNodeClass = "karpenter.k8s.aws/EC2NodeClass"
)

// minorOf reads the minor of a version of Kubernetes 1, such as 1.35.
func minorOf(version string) (int64, bool) {
	minor, err := strconv.ParseInt(strings.TrimPrefix(version, "1."), 10, 32)
	return minor, err == nil && strings.HasPrefix(version, "1.")
}

var privateNodes = rule.Rule{
	ID:       "c13",
	Name:     "private-nodes",
	Title:    "Machines are in private subnets, without public addresses, and nobody logs in to nodes from anywhere",
	Why:      "a node that the internet reaches is one flaw of its own away from every pod on it",
	Fix:      "name private subnets, drop associatePublicIpAddress, and give remoteAccess its sourceSecurityGroupIds or drop it",
	Severity: apitype.PolicySeverityHigh,
	Level:    apitype.Mandatory,
	Controls: []rule.Control{
		rule.CISEKS("5.4.3"), rule.Checkov("CKV_AWS_88"), rule.Checkov("CKV_AWS_100"), rule.FSBP("EC2.25"),
	},
	AppliesTo: either(
		rule.OfType(eksNodeGroup, ec2Instance, ec2SpotRequest, ec2LaunchTemplate, ec2LaunchConfig),
		object.Selects(kindAutoNodeClass, kindKarpenterNodeClass)),
	Check: func(r rule.Resource, _ rule.Env) rule.Result {
		var result rule.Result
		for _, class := range object.In(r, &result, kindAutoNodeClass, kindKarpenterNodeClass) {
			checkClassAddress(class, &result)
		}
		switch r.Type {
		case eksNodeGroup:
			checkRemoteAccess(r.Inputs.Get("remoteAccess").Only(), &result)
		case ec2LaunchTemplate:
			for _, each := range listed(r.Inputs.Get("networkInterfaces"), "a list", &result) {
				demandFalse(each.Get("associatePublicIpAddress"), &result)
			}
		default:
			demandFalse(r.Inputs.Get("associatePublicIpAddress"), &result)
		}
		return result
	},
	CheckStack: checkNodeSubnets,
}

func checkClassAddress(class object.Object, result *rule.Result) {
	at := class.Get("spec", "associatePublicIPAddress")
	if class.Kind == kindAutoNodeClass {
		at = class.Get("spec", "advancedNetworking", "associatePublicIPAddress")
	}
	if at.State() == rule.Missing && class.Patch {
		result.Unpatched(at)
		return
	}
	demandFalse(at, result)
}

func checkRemoteAccess(access rule.Value, result *rule.Result) {
	key := access.Get("ec2SshKey")
	if key.State() == rule.Missing {
		return
	}
	at := access.Get("sourceSecurityGroupIds")
	groups := listed(at, "a list of security groups", result)
	switch {
	case at.State() == rule.Unknown:
	case len(groups) > 0:
	case key.State() == rule.Unknown:
		result.Undetermined(key, "is known only after deployment")
	default:
		result.Fail(at, "is not set, and SSH is then open to the internet")
	}
}

// nodeSubnets says where machines name their subnets.
var nodeSubnets = map[string]string{
	eksNodeGroup:     "subnetIds",
	ec2Instance:      "subnetId",
	ec2SpotRequest:   "subnetId",
	autoscalingGroup: "vpcZoneIdentifiers",
}

// checkNodeSubnets looks at the subnets machines start in. Karpenter may also find its
// subnets by tags, which nobody can tell from here.
func checkNodeSubnets(stack rule.Stack, _ rule.Env) rule.Result {
	var result rule.Result
	machines := stack.OfType(eksNodeGroup, ec2Instance, ec2SpotRequest, autoscalingGroup)
	classes := object.All(stack, &result, kindAutoNodeClass, kindKarpenterNodeClass)
	if len(machines)+len(classes) == 0 && result.Outcome() == rule.Passed {
		return rule.Skip("no machine in the stack")
	}
	placed := subnetsOf(stack)
	for _, machine := range machines {
		placed.checkPrivate(machine, nodeSubnets[machine.Type], "a machine", &result)
	}
	for _, class := range classes {
		at := class.Get("spec", "subnetSelectorTerms")
		if at.State() == rule.Missing {
			result.Undetermined(at, "names no subnets, or not here")
		}
		for _, term := range listed(at, "a list of terms", &result) {
			placed.checkTerm(term, class.From, &result)
		}
	}
	return result
}

// checkTerm looks at the subnets that a node class chooses by a term. Of those that a list holds nobody can tell
// whose an id is that is not known yet.
func (s subnets) checkTerm(term rule.Value, class rule.Resource, result *rule.Result) {
	at := term.Get("id")
	id, state := at.Text()
	switch state {
	case rule.Missing:
		result.Undetermined(term, "finds subnets by something else than their id")
		return
	case rule.Malformed:
		result.Fail(at, "is not a string")
		return
	}
	found := s.stack.WithID(id, isSubnet)
	if state == rule.Unknown {
		found = s.stack.Referenced(class, "spec", isSubnet)
	}
	if len(found) == 0 {
		result.Undetermined(at, "is a subnet that is not in this stack")
	}
	for _, subnet := range found {
		s.judge(at, subnet, "machines", result)
	}
}

var metadataTokens = rule.Rule{
	ID:       "c14",
	Name:     "metadata-by-token",
	Title:    "The instance metadata service answers only those with a token, and only the machine itself",
	Why:      "without tokens one request a web application can be talked into hands out the machine's credentials, and with more than one hop so does every container",
	Fix:      "set metadataOptions: {httpTokens: required, httpPutResponseHopLimit: 1}",
	Severity: apitype.PolicySeverityHigh,
	Level:    apitype.Mandatory,
	Controls: []rule.Control{
		rule.FSBP("EC2.8"), rule.FSBP("EC2.170"), rule.CISAWS("6.7"),
		rule.Checkov("CKV_AWS_79"), rule.Checkov("CKV_AWS_341"), rule.Trivy("AWS-0028"), rule.Trivy("AWS-0130"),
	},
	// Auto Mode's NodeClass has no such field: its nodes are always so.
	AppliesTo: either(
		rule.OfType(ec2Instance, ec2SpotRequest, ec2LaunchTemplate, ec2LaunchConfig, ec2MetadataDefaults),
		object.Selects(kindKarpenterNodeClass)),
	Check: func(r rule.Resource, _ rule.Env) rule.Result {
		var result rule.Result
		options := r.Inputs.Get("metadataOptions").Only()
		switch {
		case object.Selects(kindKarpenterNodeClass)(r):
			for _, class := range object.In(r, &result, kindKarpenterNodeClass) {
				checkClassMetadata(class, &result)
			}
		case r.Type == ec2MetadataDefaults:
			checkMetadata(r.Inputs, false, &result)
		case options.State() == rule.Missing && r.Inputs.Get("launchTemplate").State() != rule.Missing:
			result.Undetermined(options, "is as the launch template says")
		default:
			checkMetadata(options, false, &result)
		}
		return result
	},
}

func checkClassMetadata(class object.Object, result *rule.Result) {
	options := class.Get("spec", "metadataOptions")
	for _, at := range []rule.Value{options.Get("httpTokens"), options.Get("httpPutResponseHopLimit")} {
		if class.Patch && at.State() == rule.Missing {
			result.Unpatched(at)
		}
	}
	checkMetadata(options, true, result)
}

// checkMetadata judges the options of an instance's metadata service. Karpenter sets those that are left out to a token and
// one hop, each on its own (https://karpenter.sh/docs/concepts/nodeclasses/#specmetadataoptions).
func checkMetadata(options rule.Value, karpenter bool, result *rule.Result) {
	var asked rule.Result
	unset := "and must be"
	if karpenter {
		unset = ""
	}
	demandText(options.Get("httpTokens"), unset, &asked, "required")
	checkHops(options.Get("httpPutResponseHopLimit"), karpenter, &asked)
	at := options.Get("httpEndpoint")
	endpoint, state := at.Text()
	switch {
	case endpoint == "disabled":
	case state == rule.Unknown && asked.Outcome() == rule.Failed:
		result.Undetermined(at, "decides whether there is a metadata service to ask, and is known only after deployment")
	default:
		result.Add(asked)
	}
}

// checkHops refuses more than one hop. Where nobody says how many, or -1 for no preference, images made for tokens say two
// (ImdsSupport: https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/configuring-IMDS-new-instances.html).
func checkHops(at rule.Value, karpenter bool, result *rule.Result) {
	hops, state := at.Int()
	switch {
	case result.Unreadable(at, state, "a whole number"):
	case hops > 1:
		result.Fail(at, "is %s, and containers are two hops away", at.Show())
	case hops < 1 && !karpenter:
		result.Undetermined(at, "is as the image says")
	}
}

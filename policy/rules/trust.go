package rules

import (
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"

	"coffee-platform/policy/iamdocument"
	"coffee-platform/policy/rule"
)

var namedTrust = rule.Rule{
	ID:       "f5",
	Name:     "named-trust",
	Title:    "Roles name who may assume them, and web identities by subject and audience",
	Why:      "a role that trusts everyone, every workload of a cluster or every branch of every repository is everyone's",
	Fix:      "name principals; of a web identity demand :sub and :aud with StringEquals, without wildcards",
	Severity: apitype.PolicySeverityCritical,
	Level:    apitype.Mandatory,
	Controls: []rule.Control{
		rule.Checkov("CKV_AWS_60"), rule.Checkov("CKV_AWS_61"), rule.Checkov("CKV_AWS_393"), rule.CISEKS("5.2.1"),
	},
	AppliesTo: rule.OfType(iamRole),
	Check: func(r rule.Resource, _ rule.Env) rule.Result {
		var result rule.Result
		at := r.Inputs.Get("assumeRolePolicy")
		if at.State() == rule.Missing {
			result.Fail(at, "is not set")
		}
		for _, statement := range iamdocument.Statements(at, &result) {
			refuse(statement.At, statement.Open(), "trusts everyone, and no condition narrows it", &result)
			refuse(statement.At, statement.Allows.And(byWebIdentity(statement)).And(exactIdentity(statement).Not()),
				"trusts a web identity without its exact subject and audience", &result)
		}
		return result
	},
}

// byWebIdentity tells whether a statement is about web identities.
func byWebIdentity(statement iamdocument.Statement) rule.Truth {
	allows, _ := allowsAny(statement, []string{"sts:AssumeRoleWithWebIdentity"})
	federated := rule.No
	for _, principal := range statement.Principals {
		if principal.Type == "" && principal.ID.State() == rule.Unknown {
			federated = federated.Or(rule.Maybe)
		}
		federated = federated.Or(rule.Is(principal.Type == "Federated"))
	}
	return allows.And(federated)
}

// exactIdentity tells whether conditions demand one subject and one audience. Keys are
// made of the issuer's address, and while that is not known, of nothing that can be read.
func exactIdentity(statement iamdocument.Statement) rule.Truth {
	subject, audience := rule.No, rule.No
	for _, condition := range statement.Conditions {
		exact := rule.Is(len(condition.Values) > 0)
		for _, at := range condition.Values {
			text, state := at.Text()
			exact = exact.And(knownTo(state, !strings.ContainsAny(text, "*?") && text != ""))
		}
		switch {
		case condition.Operator == "" || condition.Key == "":
			subject, audience = subject.Or(rule.Maybe), audience.Or(rule.Maybe)
		case !demandsText(condition.Operator):
		case strings.HasSuffix(condition.Key, ":sub"):
			subject = subject.Or(exact)
		case strings.HasSuffix(condition.Key, ":aud"):
			audience = audience.Or(exact)
		}
	}
	return subject.And(audience)
}

// demandsText tells whether an operator holds only for a key that is there and has one of
// the values.
func demandsText(operator string) bool {
	operator = strings.TrimPrefix(strings.ToLower(operator), "foranyvalue:")
	return operator == "stringequals" || operator == "stringlike"
}

// attachesPolicies says where resources name managed policies.
var attachesPolicies = map[string]string{
	iamRole: "managedPolicyArns",
	"aws:iam/rolePolicyAttachment:RolePolicyAttachment":                       "policyArn",
	"aws:iam/userPolicyAttachment:UserPolicyAttachment":                       "policyArn",
	"aws:iam/groupPolicyAttachment:GroupPolicyAttachment":                     "policyArn",
	"aws:iam/policyAttachment:PolicyAttachment":                               "policyArn",
	"aws:iam/rolePolicyAttachmentsExclusive:RolePolicyAttachmentsExclusive":   "policyArns",
	"aws:iam/userPolicyAttachmentsExclusive:UserPolicyAttachmentsExclusive":   "policyArns",
	"aws:iam/groupPolicyAttachmentsExclusive:GroupPolicyAttachmentsExclusive": "policyArns",
	"aws:ssoadmin/managedPolicyAttachment:ManagedPolicyAttachment":            "managedPolicyArn",
}

// attachedPolicies are the ARNs of the managed policies that a resource attaches.
func attachedPolicies(r rule.Resource, result *rule.Result) []rule.Value {
	at := r.Inputs.Get(attachesPolicies[r.Type])
	if _, state := at.Text(); state != rule.Malformed {
		return []rule.Value{at}
	}
	return listed(at, "a list of policies", result)
}

// policyName is the last part of a policy's ARN.
func policyName(arn string) string { return arn[strings.LastIndex(arn, "/")+1:] }

var noAdministrators = rule.Rule{
	ID:       "f6",
	Name:     "no-administrators",
	Title:    "Nothing is given AWS's policies for administrators",
	Why:      "whoever takes over what has them owns the account",
	Fix:      "write a policy with what is needed; people come in through single sign-on, for as long as they need to",
	Severity: apitype.PolicySeverityCritical,
	Level:    apitype.Mandatory,
	Controls: []rule.Control{rule.Checkov("CKV_AWS_274"), rule.Checkov("CKV2_AWS_56")},
	Settings: []rule.Setting{{
		Name:        "policies",
		Description: "Names of managed policies that nothing may be given.",
		Default:     []string{"AdministratorAccess", "IAMFullAccess"},
	}},
	AppliesTo: func(r rule.Resource) bool { return attachesPolicies[r.Type] != "" },
	Check: func(r rule.Resource, env rule.Env) rule.Result {
		var result rule.Result
		for _, at := range attachedPolicies(r, &result) {
			arn, state := at.Text()
			switch {
			case result.Unreadable(at, state, "a string"):
			case containsFold(env.Settings.Texts("policies"), policyName(arn)):
				result.Fail(at, "is %s", at.Show())
			}
		}
		return result
	},
}

var noUsers = rule.Rule{
	ID:       "f7",
	Name:     "no-users",
	Title:    "There are no IAM users, nor keys or policies for them",
	Why:      "a user's keys do not expire, and end up in files and repositories",
	Fix:      "use roles: for pods by Pod Identity, for pipelines by their identity provider, for people by single sign-on",
	Severity: apitype.PolicySeverityHigh,
	Level:    apitype.Mandatory,
	Controls: []rule.Control{
		rule.FSBP("IAM.2"), rule.CISAWS("2.13"), rule.Checkov("CKV_AWS_40"), rule.Checkov("CKV_AWS_273"), rule.Trivy("AWS-0143"),
	},
	AppliesTo: either(isOfUsers, rule.OfType("aws:iam/policyAttachment:PolicyAttachment")),
	Check: func(r rule.Resource, _ rule.Env) rule.Result {
		var result rule.Result
		if isOfUsers(r) {
			result.Fail(r.Inputs, "is an IAM user, or something of one")
			return result
		}
		at := r.Inputs.Get("users")
		if len(listed(at, "a list of users", &result)) > 0 {
			result.Fail(at, "gives a policy to IAM users")
		}
		return result
	},
}

var isOfUsers = rule.OfType(
	"aws:iam/user:User", "aws:iam/accessKey:AccessKey", "aws:iam/userPolicy:UserPolicy",
	"aws:iam/userPolicyAttachment:UserPolicyAttachment", "aws:iam/userLoginProfile:UserLoginProfile",
	"aws:iam/userGroupMembership:UserGroupMembership", "aws:iam/groupMembership:GroupMembership",
	"aws:iam/sshKey:SshKey", "aws:iam/signingCertificate:SigningCertificate",
	"aws:iam/serviceSpecificCredential:ServiceSpecificCredential",
	"aws:iam/userPoliciesExclusive:UserPoliciesExclusive",
	"aws:iam/userPolicyAttachmentsExclusive:UserPolicyAttachmentsExclusive",
)

var modestNodes = rule.Rule{
	ID:       "f8",
	Name:     "modest-nodes",
	Title:    "Nodes may do what nodes need, and nothing else",
	Why:      "every pod that escapes to its node, or reaches its metadata, has what the node has",
	Fix:      "give it to the service account of the pod that needs it, by Pod Identity",
	Severity: apitype.PolicySeverityMedium,
	Level:    apitype.Mandatory,
	Controls: []rule.Control{rule.CISEKS("5.1.3")},
	Settings: []rule.Setting{{
		Name:        "policies",
		Description: "Names of managed policies that machines may have.",
		// https://docs.aws.amazon.com/eks/latest/userguide/create-node-role.html and
		// https://docs.aws.amazon.com/eks/latest/userguide/auto-create-node-role.html
		Default: []string{
			"AmazonEKSWorkerNodePolicy", "AmazonEKSWorkerNodeMinimalPolicy", "AmazonEKS_CNI_Policy",
			"AmazonEC2ContainerRegistryReadOnly", "AmazonEC2ContainerRegistryPullOnly", "AmazonSSMManagedInstanceCore",
		},
	}},
	CheckStack: func(stack rule.Stack, env rule.Env) rule.Result {
		var result rule.Result
		roles := stack.OfType(iamRole)
		if len(roles) == 0 {
			return rule.Skip("no role in the stack")
		}
		for _, role := range roles {
			switch machine := ofMachines(role); machine {
			case rule.Yes, rule.Maybe:
				checkNodeRole(role, machine, stack, env, &result)
			}
		}
		return result
	},
}

// ofMachines tells whether machines may assume a role.
func ofMachines(role rule.Resource) rule.Truth {
	var ignored rule.Result // its trust is judged by f5
	machines := rule.No
	at := role.Inputs.Get("assumeRolePolicy")
	if at.State() == rule.Unknown {
		return rule.Maybe
	}
	for _, statement := range iamdocument.Statements(at, &ignored) {
		for _, principal := range statement.Principals {
			service, state := principal.ID.Text()
			machines = machines.Or(statement.Allows.And(knownTo(state, service == "ec2.amazonaws.com")))
		}
	}
	return machines
}

func checkNodeRole(role rule.Resource, machine rule.Truth, stack rule.Stack, env rule.Env, result *rule.Result) {
	// Inline policies are never among those allowed.
	inline, moreInline := stack.Referring(role, "name", "role", rule.OfType(iamRolePolicy))
	for _, policy := range inline {
		refuse(policy.Inputs, machine, "gives a machine's role more than machines need", result)
	}
	for _, policy := range listed(role.Inputs.Get("inlinePolicies"), "a list of policies", result) {
		refuse(policy, machine, "gives a machine's role more than machines need", result)
	}
	attachments, moreAttached := stack.Referring(role, "name", "role", rule.OfType("aws:iam/rolePolicyAttachment:RolePolicyAttachment"))
	shared, moreShared := stack.Referring(role, "name", "roles", rule.OfType("aws:iam/policyAttachment:PolicyAttachment"))
	exclusive, moreExclusive := stack.Referring(role, "name", "roleName",
		rule.OfType("aws:iam/rolePolicyAttachmentsExclusive:RolePolicyAttachmentsExclusive"))
	if moreInline || moreAttached || moreShared || moreExclusive {
		result.Undetermined(role.Inputs, "may have more policies: whose they are is known only after deployment")
	}
	for _, by := range slices.Concat(attachments, shared, exclusive, []rule.Resource{role}) {
		for _, at := range attachedPolicies(by, result) {
			arn, state := at.Text()
			if state == rule.Missing {
				continue
			}
			more := !containsFold(env.Settings.Texts("policies"), policyName(arn))
			refuse(at, machine.And(knownTo(state, more)), "gives a machine's role more than machines need", result)
		}
	}
}

var closedResources = rule.Rule{
	ID:       "f9",
	Name:     "closed-resources",
	Title:    "Policies of keys, repositories and secrets give to nobody who is not named",
	Why:      "a policy for everyone gives to every AWS account there is",
	Fix:      "name principals, or narrow the statement by aws:PrincipalOrgID or aws:SourceAccount",
	Severity: apitype.PolicySeverityCritical,
	Level:    apitype.Mandatory,
	Controls: []rule.Control{
		rule.FSBP("KMS.5"), rule.Checkov("CKV_AWS_32"), rule.Checkov("CKV_AWS_33"), rule.Trivy("AWS-0032"),
	},
	AppliesTo: rule.OfType(
		kmsKey, kmsReplicaKey, kmsExternalKey, "aws:kms/keyPolicy:KeyPolicy",
		"aws:ecr/repositoryPolicy:RepositoryPolicy", "aws:ecr/registryPolicy:RegistryPolicy", ecrTemplate,
		smSecret, "aws:secretsmanager/secretPolicy:SecretPolicy",
	),
	Check: func(r rule.Resource, _ rule.Env) rule.Result {
		var result rule.Result
		checkNotOpen(r.Inputs.Get("policy"), &result)
		checkNotOpen(r.Inputs.Get("repositoryPolicy"), &result)
		return result
	},
}

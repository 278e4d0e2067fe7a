package rules

import (
	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"

	"coffee-platform/policy/rule"
	"coffee-platform/policy/securitygroup"
)

const eksCluster = "aws:eks/cluster:Cluster"

var privateClusterEndpoint = rule.Rule{
	ID:   "c12",
	Name: "private-cluster-endpoint",
	Title: "The Kubernetes API is reached from inside the VPC; outside production from named networks too, in production " +
		"from single addresses until a day in the stack file",
	Why: "whoever reaches the Kubernetes API needs one stolen token or one unpatched flaw to own everything in the cluster",
	Fix: "set vpcConfig.endpointPrivateAccess: true and endpointPublicAccess: false, outside production at least publicAccessCidrs; for " +
		"the first deployment of production set publicAccessCidrs to your address and cluster.publicAccessUntil to a day soon",
	Severity: apitype.PolicySeverityCritical,
	Level:    apitype.Mandatory,
	Controls: []rule.Control{
		rule.FSBP("EKS.1"), rule.CISEKS("5.4.1"), rule.CISEKS("5.4.2"),
		rule.Checkov("CKV_AWS_38"), rule.Checkov("CKV_AWS_39"), rule.Trivy("AWS-0040"), rule.Trivy("AWS-0041"),
	},
	AppliesTo: rule.OfType(eksCluster),
	Check: func(r rule.Resource, env rule.Env) rule.Result {
		var result rule.Result
		vpc := r.Inputs.Get("vpcConfig").Only()
		demandTrue(vpc.Get("endpointPrivateAccess"), "which is false", &result)

		public := vpc.Get("endpointPublicAccess")
		on, state := public.Bool()
		switch {
		case result.Unreadable(public, state, "a boolean"):
		case state == rule.Missing && env.Tier == rule.Prod:
			result.Fail(public, "is not set, which is true")
		case on && env.Tier == rule.Prod && !env.EndpointOpen:
			result.Fail(public, "is true")
		case on && env.Tier == rule.Prod:
			checkSingleAddresses(vpc.Get("publicAccessCidrs"), &result)
		case state == rule.Missing || on:
			checkPublicAccess(vpc.Get("publicAccessCidrs"), &result)
		}
		return result
	},
}

func checkPublicAccess(at rule.Value, result *rule.Result) {
	ranges := listed(at, "a list of address ranges", result)
	if at.State() == rule.Missing || at.State() == rule.Known && len(ranges) == 0 {
		result.Fail(at, "is not set, which is the whole internet")
	}
	for _, one := range ranges {
		admitted, state := securitygroup.Range(one)
		switch {
		case result.Unreadable(one, state, "an address range"):
		case securitygroup.Worldwide(admitted):
			result.Fail(one, "is %s, the internet", one.Show())
		}
	}
}

// checkSingleAddresses holds an opening to addresses of which each is somebody's own.
func checkSingleAddresses(at rule.Value, result *rule.Result) {
	checkPublicAccess(at, result)
	ranges, _ := at.List()
	for _, one := range ranges {
		admitted, state := securitygroup.Range(one)
		if state == rule.Known && !admitted.IsSingleIP() && !securitygroup.Worldwide(admitted) {
			result.Fail(one, "is %s, more than one address", one.Show())
		}
	}
}

var clusterAccess = rule.Rule{
	ID:        "b16",
	Name:      "cluster-access-by-entries",
	Title:     "Who may enter the cluster is written in access entries alone",
	Why:       "the aws-auth ConfigMap is edited inside the cluster, where AWS records nothing, and whoever happened to create the cluster stays its administrator",
	Fix:       "set accessConfig.authenticationMode: API and bootstrapClusterCreatorAdminPermissions: false, and write an access entry for each role",
	Severity:  apitype.PolicySeverityMedium,
	Level:     apitype.Mandatory,
	Controls:  []rule.Control{rule.CISEKS("4.1.7")},
	AppliesTo: rule.OfType(eksCluster),
	Check: func(r rule.Resource, _ rule.Env) rule.Result {
		var result rule.Result
		access := r.Inputs.Get("accessConfig").Only()
		demandText(access.Get("authenticationMode"), "which is CONFIG_MAP", &result, "API")
		creator := access.Get("bootstrapClusterCreatorAdminPermissions")
		if creator.State() == rule.Missing {
			result.Fail(creator, "is not set, which is true")
		}
		demandFalse(creator, &result)
		return result
	},
}

var encryptClusterSecrets = rule.Rule{
	ID:       "d7",
	Name:     "encrypt-cluster-secrets",
	Title:    "Kubernetes secrets are encrypted with a customer key",
	Why:      "with a key of yours every decryption of the secrets is in your audit log, and revoking the key ends it",
	Fix:      "set encryptionConfig: {resources: [secrets], provider: {keyArn: …}}",
	Severity: apitype.PolicySeverityHigh,
	Level:    apitype.Mandatory,
	Controls: []rule.Control{
		rule.FSBP("EKS.3"), rule.CISEKS("5.3.1"), rule.Checkov("CKV_AWS_58"), rule.Trivy("AWS-0039"),
	},
	AppliesTo: rule.OfType(eksCluster),
	Check: func(r rule.Resource, _ rule.Env) rule.Result {
		var result rule.Result
		config := r.Inputs.Get("encryptionConfig").Only()
		at := config.Get("resources")
		secrets := rule.Is(false)
		for _, item := range listed(at, "a list", &result) {
			text, state := item.Text()
			secrets = secrets.Or(knownTo(state, text == "secrets"))
		}
		switch {
		case at.State() == rule.Unknown:
		case secrets == rule.No:
			result.Fail(at, "does not name secrets")
		case secrets == rule.Maybe:
			result.Undetermined(at, "may name secrets: that is known only after deployment")
		}
		checkCustomerKey(config.Get("provider").Only().Get("keyArn"), rule.Value{}, &result)
		return result
	},
}

var durableCluster = rule.Rule{
	ID:       "e9",
	Name:     "durable-cluster",
	Title:    "The production cluster cannot be deleted by accident, keeps all its logs and runs a supported version",
	Why:      "deleting the cluster takes everything in it along, without the logs nobody knows who did what, and an old version gets no fixes",
	Fix:      "set deletionProtection: true, all five of enabledClusterLogTypes, and version",
	Severity: apitype.PolicySeverityMedium,
	Level:    apitype.Mandatory,
	Tiers:    []rule.Tier{rule.Prod},
	Controls: []rule.Control{
		rule.FSBP("EKS.2"), rule.FSBP("EKS.8"), rule.CISEKS("2.1.1"),
		rule.Checkov("CKV_AWS_37"), rule.Checkov("CKV_AWS_339"), rule.Trivy("AWS-0038"),
	},
	Settings: []rule.Setting{{
		Name:        "oldestMinor",
		Description: "The oldest minor version of Kubernetes 1 that EKS supports as standard.",
		// https://docs.aws.amazon.com/eks/latest/userguide/kubernetes-versions.html
		Default: int64(34),
	}},
	AppliesTo: rule.OfType(eksCluster),
	Check: func(r rule.Resource, env rule.Env) rule.Result {
		var result rule.Result
		if !env.GivesUp(r) {
			demandTrue(r.Inputs.Get("deletionProtection"), "which is false", &result)
		}
		demandAll(r.Inputs.Get("enabledClusterLogTypes"), &result,
			"api", "audit", "authenticator", "controllerManager", "scheduler")
		checkVersion(r.Inputs.Get("version"), env.Settings.Number("oldestMinor"), &result)
		return result
	},
}

// demandAll records what a list lacks.
func demandAll(at rule.Value, result *rule.Result, wanted ...string) {
	items, state := at.List()
	if result.Unreadable(at, state, "a list") {
		return
	}
	for _, want := range wanted {
		found := rule.No
		for _, item := range items {
			text, state := item.Text()
			found = found.Or(knownTo(state, text == want))
		}
		switch found {
		case rule.No:
			result.Fail(at, "lacks %s", want)
		case rule.Maybe:
			result.Undetermined(at, "may lack %s: that is known only after deployment", want)
		}
	}
}

func checkVersion(at rule.Value, oldest int64, result *rule.Result) {
	text, state := at.Text()
	minor, ok := minorOf(text)
	switch {
	case result.Unreadable(at, state, "a version"):
	case state == rule.Missing:
		result.Fail(at, "is not set, and EKS then takes one of its own")
	case !ok:
		result.Fail(at, "is %s, not a version such as 1.35", at.Show())
	case minor < oldest:
		result.Fail(at, "is %s, older than 1.%d, the oldest that is supported", at.Show(), oldest)
	}
}

package rules

import (
	"regexp"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"

	"coffee-platform/policy/object"
	"coffee-platform/policy/rule"
)

var boundMachines = rule.Rule{
	ID:       "i1",
	Name:     "bound-machines",
	Title:    "Machines are no larger than their environment needs, none has an accelerator nobody asked for, and none waits for renders",
	Why:      "one machine of the wrong size costs as much as the rest of the environment, and so does a large one that runs all day for an hour of work",
	Fix:      "choose a smaller size, raise the ceiling in the policy configuration, or let the group start at none",
	Severity: apitype.PolicySeverityMedium,
	Level:    apitype.Mandatory,
	Settings: append(ceilings("a machine", "4xlarge", "4xlarge", "8xlarge"), []rule.Setting{
		{
			Name:        "acceleratedFamilies",
			Description: "Families of machines with accelerators that may be used, such as g6.",
			Default:     []string{},
		},
		{
			Name:        "onDemandPools",
			Description: "Pools, by the label coffee.dev/pool, that must be able to shrink to nothing.",
			Default:     []string{"render"},
		},
	}...),
	AppliesTo: either(
		rule.OfType(ec2Instance, ec2SpotRequest, ec2LaunchTemplate, ec2LaunchConfig, eksNodeGroup), object.Selects(kindNodePool)),
	Check: func(r rule.Resource, env rule.Env) rule.Result {
		var result rule.Result
		for _, pool := range object.In(r, &result, kindNodePool) {
			checkPool(pool, env, &result)
		}
		if r.Type == eksNodeGroup {
			checkGroupTypes(r, env, &result)
		}
		checkMachine(r.Inputs.Get("instanceType"), env, &result)
		return result
	},
}

func checkMachine(at rule.Value, env rule.Env, result *rule.Result) {
	machine, state := at.Text()
	if result.Unreadable(at, state, "a string") || state == rule.Missing {
		return
	}
	// Metal is the whole host, 96 vCPUs and more.
	if strings.HasPrefix(sizeOf(machine), "metal") {
		result.Fail(at, "is %s, a whole host", at.Show())
		return
	}
	checkFamily(at, familyOf(machine), env, result)
	checkSize(at, env, result)
}

// accelerated matches the families with GPUs, inference or training chips, FPGAs and
// video encoders (https://docs.aws.amazon.com/ec2/latest/instancetypes/ac.html).
var accelerated = regexp.MustCompile(`^(p|g|gr|inf|trn|dl|f|vt)[0-9]`)

func checkFamily(at rule.Value, family string, env rule.Env, result *rule.Result) {
	if accelerated.MatchString(family) && !slices.Contains(env.Settings.Texts("acceleratedFamilies"), family) {
		result.Fail(at, "is %s, which has accelerators", at.Show())
	}
}

func checkGroupTypes(r rule.Resource, env rule.Env, result *rule.Result) {
	waits := rule.No
	for _, at := range listed(r.Inputs.Get("instanceTypes"), "a list of instance types", result) {
		checkMachine(at, env, result)
		machine, _ := at.Text()
		waits = waits.Or(rule.Is(accelerated.MatchString(familyOf(machine))))
	}
	waits = waits.Or(onDemand(r.Inputs.Get("labels", poolLabel), env))
	at := r.Inputs.Get("scalingConfig").Only().Get("minSize")
	least, state := at.Int()
	if waits != rule.No {
		result.Unreadable(at, state, "a whole number")
	}
	if least > 0 {
		refuse(at, waits, "keeps machines waiting for renders", result)
	}
}

// onDemand tells whether a pool is one that must be able to shrink to nothing.
func onDemand(at rule.Value, env rule.Env) rule.Truth {
	pool, state := at.Text()
	if state == rule.Unknown {
		return rule.Maybe
	}
	return rule.Is(slices.Contains(env.Settings.Texts("onDemandPools"), pool))
}

// Requirements of a node pool about size, in the names of Auto Mode and of Karpenter on its
// own.
var (
	sizeKeys = []string{"eks.amazonaws.com/instance-size", "karpenter.k8s.aws/instance-size"}
	cpuKeys  = []string{"eks.amazonaws.com/instance-cpu", "karpenter.k8s.aws/instance-cpu"}
)

// checkPool looks at what a node pool may launch, and whether it keeps a number of nodes
// (replicas, a static pool).
func checkPool(pool object.Object, env rule.Env, result *rule.Result) {
	at := pool.Get("spec", "template", "spec", "requirements")
	if at.State() == rule.Missing && pool.Patch {
		result.Unpatched(at)
	}
	for _, one := range listed(at, "a list of requirements", result) {
		key, keyState := one.Get("key").Text()
		operator, state := one.Get("operator").Text()
		if keyState == rule.Unknown || state == rule.Unknown {
			result.Undetermined(one, "is known only after deployment")
			continue
		}
		if operator != "In" {
			continue
		}
		for _, value := range listed(one.Get("values"), "a list of values", result) {
			checkRequirement(key, value, env, result)
		}
	}
	if replicas := pool.Get("spec", "replicas"); replicas.State() != rule.Missing {
		refuse(replicas, onDemand(pool.Get("spec", "template", "metadata", "labels", poolLabel), env),
			"keeps machines waiting for renders", result)
	}
}

func checkRequirement(key string, value rule.Value, env rule.Env, result *rule.Result) {
	switch {
	case familyKeys[key] != nil:
		text, state := value.Text()
		if result.Unreadable(value, state, "a string") {
			return
		}
		if strings.Contains(text, ".") {
			checkMachine(value, env, result)
			return
		}
		checkFamily(value, text, env, result)
	case slices.Contains(sizeKeys, key):
		checkMachine(value, env, result)
	case slices.Contains(cpuKeys, key):
		cpus, state := value.Int()
		weight, _ := weightOf(ceiling(env))
		// xlarge, 32, has four.
		const perCPU = 8
		switch {
		case result.Unreadable(value, state, "a whole number"):
		case cpus*perCPU > weight:
			result.Fail(value, "is %s vCPUs, more than %s has, the largest of its tier", value.Show(), ceiling(env))
		}
	}
}

var boundDatabases = rule.Rule{
	ID:       "i2",
	Name:     "bound-databases",
	Title:    "Databases and caches are no larger than their environment needs",
	Why:      "a database cannot shrink its storage again, and runs all day",
	Fix:      "choose a smaller class, less capacity or less storage, or raise the ceiling in the policy configuration",
	Severity: apitype.PolicySeverityMedium,
	Level:    apitype.Mandatory,
	Settings: slices.Concat(
		ceilings("a database or cache", "large", "large", "4xlarge"),
		caps("storageGiBIn", "The most storage of a database or cache, in GiB,", 100, 500, 2000),
		// A unit has about 2 GiB of memory, so these are what the largest classes have, db.r7g.large and db.r7g.4xlarge
		// (https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/aurora-serverless-v2.how-it-works.html).
		caps("capacityUnitsIn", "The most capacity units (ACU) of a serverless database", 8, 8, 64)),
	AppliesTo: rule.OfType(rdsInstance, rdsCluster, rdsClusterInstance, replicationGroup, cacheCluster, serverlessCache),
	Check: func(r rule.Resource, env rule.Env) rule.Result {
		var result rule.Result
		for _, name := range []string{"instanceClass", "dbClusterInstanceClass", "nodeType"} {
			at := r.Inputs.Get(name)
			// Serverless instances have the size that their cluster gives them, by its capacity.
			if class, _ := at.Text(); class != "db.serverless" {
				checkSize(at, env, &result)
			}
		}
		for _, name := range []string{"allocatedStorage", "maxAllocatedStorage"} {
			checkStorage(r.Inputs.Get(name), env, &result)
		}
		checkCapacity(r.Inputs.Get("serverlessv2ScalingConfiguration").Only().Get("maxCapacity"), env, &result)
		if r.Type == serverlessCache {
			at := r.Inputs.Get("cacheUsageLimits").Only().Get("dataStorage").Only().Get("maximum")
			if at.State() == rule.Missing {
				result.Fail(at, "is not set, which is 5 TB")
			}
			checkStorage(at, env, &result)
		}
		return result
	},
}

// checkCapacity records capacity, in steps of half a unit, that is above the tier's cap.
func checkCapacity(at rule.Value, env rule.Env, result *rule.Result) {
	units, state := at.Number()
	most := env.Settings.Number("capacityUnitsIn" + tierName(env.Tier))
	switch {
	case result.Unreadable(at, state, "a number"):
	case units > float64(most):
		result.Fail(at, "is %s capacity units, more than %d, the most of its tier", at.Show(), most)
	}
}

// checkStorage records storage, in GiB, that is above the tier's cap.
func checkStorage(at rule.Value, env rule.Env, result *rule.Result) {
	size, state := at.Int()
	most := env.Settings.Number("storageGiBIn" + tierName(env.Tier))
	switch {
	case result.Unreadable(at, state, "a whole number"):
	case size > most:
		result.Fail(at, "is %s GiB, more than %d, the most of its tier", at.Show(), most)
	}
}

const natGatewayType = "aws:ec2/natGateway:NatGateway"

var noNeedlessCharges = rule.Rule{
	ID:        "i3",
	Name:      "no-needless-charges",
	Title:     "There are no more NAT gateways than the environment needs, and no extended support of Kubernetes",
	Why:       "a NAT gateway costs by the hour whether used or not, and a cluster in extended support six times as much as another",
	Fix:       "share a NAT gateway between zones outside production, and set upgradePolicy.supportType: STANDARD",
	Severity:  apitype.PolicySeverityLow,
	Level:     apitype.Mandatory,
	Settings:  caps("natGatewaysIn", "The most NAT gateways of a stack", 1, 1, 3),
	AppliesTo: rule.OfType(eksCluster),
	Check: func(r rule.Resource, _ rule.Env) rule.Result {
		var result rule.Result
		demandText(r.Inputs.Get("upgradePolicy").Only().Get("supportType"), "which is EXTENDED", &result, "STANDARD")
		return result
	},
	CheckStack: func(stack rule.Stack, env rule.Env) rule.Result {
		var result rule.Result
		gateways := stack.OfType(natGatewayType)
		most := env.Settings.Number("natGatewaysIn" + tierName(env.Tier))
		public := 0
		for _, gateway := range gateways {
			at := gateway.Inputs.Get("connectivityType")
			kind, state := at.Text()
			switch {
			case state == rule.Unknown:
				result.Undetermined(at, "is known only after deployment")
			case kind != "private":
				public++
			}
		}
		if len(gateways) == 0 {
			return rule.Skip("no NAT gateway in the stack")
		}
		if int64(public) > most {
			result.Fail(gateways[len(gateways)-1].Inputs, "is one of %d NAT gateways, more than %d, the most of its tier", public, most)
		}
		return result
	},
}

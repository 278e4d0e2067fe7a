package rules

import (
	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"

	"coffee-platform/policy/rule"
)

var keepBackups = rule.Rule{
	ID:       "e1",
	Name:     "keep-backups",
	Title:    "Production databases can be restored to any moment of at least the last week",
	Why:      "a mistake is often noticed days later, and a backup that is gone by then restores nothing",
	Fix:      "set backupRetentionPeriod: 7 or more",
	Severity: apitype.PolicySeverityHigh,
	Level:    apitype.Mandatory,
	Tiers:    []rule.Tier{rule.Prod},
	Controls: []rule.Control{rule.FSBP("RDS.11"), rule.Checkov("CKV_AWS_133"), rule.Trivy("AWS-0077")},
	Settings: []rule.Setting{{
		Name:        "days",
		Description: "How many days of backups a database keeps at least.",
		// What RDS.11 asks for.
		Default: int64(7),
	}},
	AppliesTo: rule.OfType(rdsInstance, rdsCluster),
	Check: func(r rule.Resource, env rule.Env) rule.Result {
		var result rule.Result
		if copies := r.Inputs.Get(copySource[r.Type]); copies.State() != rule.Missing {
			return rule.Skip("a replica, of whose source there are backups")
		}
		demandAtLeast(r.Inputs.Get("backupRetentionPeriod"), env.Settings.Number("days"), "which is one day or none", &result)
		return result
	},
}

// holdsData are the resources whose loss is a loss of data: data itself, what decrypts it,
// and what the cluster runs from.
var holdsData = either(isBucket, rule.OfType(
	rdsInstance, rdsCluster, replicationGroup, serverlessCache, kmsKey, smSecret, ecrRepository, eksCluster))

var protectData = rule.Rule{
	ID:       "e2",
	Name:     "protect-data",
	Title:    "In production nothing that holds data is deleted by accident, and nothing goes without a last snapshot",
	Why:      "a renamed resource is a deleted one, and what it held is gone with it",
	Fix:      "give the resource pulumi.Protect(true), and set deletionProtection: true, skipFinalSnapshot: false and finalSnapshotIdentifier where there are such",
	Severity: apitype.PolicySeverityHigh,
	Level:    apitype.Mandatory,
	Tiers:    []rule.Tier{rule.Prod},
	Controls: []rule.Control{
		rule.FSBP("RDS.7"), rule.FSBP("RDS.8"), rule.Checkov("CKV_AWS_139"), rule.Checkov("CKV_AWS_293"),
		rule.Trivy("AWS-0177"), rule.Trivy("AWS-0343"),
	},
	AppliesTo: holdsData,
	Check: func(r rule.Resource, env rule.Env) rule.Result {
		if env.GivesUp(r) {
			return rule.Skip(givenUp)
		}
		var result rule.Result
		if !r.Protect {
			result.Fail(r.Inputs, "is not protected: Pulumi would delete it")
		}
		switch r.Type {
		case rdsInstance, rdsCluster:
			demandTrue(r.Inputs.Get("deletionProtection"), "which is false", &result)
			// Of a replica AWS takes none
			// (https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_DeleteDBInstance.html).
			if r.Inputs.Get("replicateSourceDb").State() == rule.Missing {
				demandFalse(r.Inputs.Get("skipFinalSnapshot"), &result)
				demandNamed(r.Inputs.Get("finalSnapshotIdentifier"), &result)
			}
		case replicationGroup:
			demandNamed(r.Inputs.Get("finalSnapshotIdentifier"), &result)
		}
		return result
	},
}

// givenUp is why what a stack file gives up by name is not held to lasting.
const givenUp = "the stack file gives up its component by name, under unprotected"

func demandNamed(at rule.Value, result *rule.Result) {
	name, state := at.Text()
	switch {
	case result.Unreadable(at, state, "a string"):
	case name == "":
		result.Fail(at, "is not set, and so there is no last snapshot")
	}
}

var twoZones = rule.Rule{
	ID:        "e3",
	Name:      "two-zones",
	Title:     "Production databases stand by in a second zone",
	Why:       "a zone that fails, and every change of version, takes a database that is in one zone along",
	Fix:       "set multiAz: true, or give an Aurora cluster two instances",
	Severity:  apitype.PolicySeverityMedium,
	Level:     apitype.Mandatory,
	Tiers:     []rule.Tier{rule.Prod},
	Controls:  []rule.Control{rule.FSBP("RDS.5"), rule.FSBP("RDS.15"), rule.Checkov("CKV_AWS_157")},
	AppliesTo: rule.OfType(rdsInstance),
	Check: func(r rule.Resource, _ rule.Env) rule.Result {
		var result rule.Result
		if copies := r.Inputs.Get("replicateSourceDb"); copies.State() != rule.Missing {
			return rule.Skip("a replica")
		}
		demandTrue(r.Inputs.Get("multiAz"), "which is false", &result)
		return result
	},
	CheckStack: func(stack rule.Stack, _ rule.Env) rule.Result {
		var result rule.Result
		clusters := stack.OfType(rdsCluster)
		if len(clusters) == 0 {
			return rule.Skip("no cluster of databases in the stack")
		}
		for _, cluster := range clusters {
			at := cluster.Inputs.Get("engine")
			engine, state := at.Text()
			instances, more := stack.Referring(cluster, "clusterIdentifier", "clusterIdentifier", rule.OfType(rdsClusterInstance))
			switch {
			case result.Unreadable(at, state, "a string"):
			// Other clusters are in three zones always
			// (https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/multi-az-db-clusters-concepts.html).
			case !isAurora(engine), len(instances) > 1:
			case more:
				result.Undetermined(cluster.Inputs, "has a second instance only if one that is known after deployment is its own")
			default:
				result.Fail(cluster.Inputs, "has no second instance")
			}
		}
		return result
	},
}

var keepCurrent = rule.Rule{
	ID:       "e4",
	Name:     "keep-current",
	Title:    "Databases and caches take minor upgrades by themselves, and snapshots keep the tags",
	Why:      "minor upgrades are fixes, and a snapshot without tags belongs to nobody and is never deleted",
	Fix:      "leave autoMinorVersionUpgrade at true, and set copyTagsToSnapshot: true",
	Severity: apitype.PolicySeverityLow,
	Level:    apitype.Mandatory,
	Controls: []rule.Control{
		rule.FSBP("RDS.13"), rule.FSBP("RDS.16"), rule.FSBP("RDS.17"), rule.FSBP("ElastiCache.2"),
		rule.Checkov("CKV_AWS_226"), rule.Checkov("CKV_AWS_313"), rule.Checkov("CKV_AWS_322"),
	},
	AppliesTo: rule.OfType(rdsInstance, rdsCluster, rdsClusterInstance, replicationGroup, cacheCluster),
	Check: func(r rule.Resource, _ rule.Env) rule.Result {
		var result rule.Result
		demandTrue(r.Inputs.Get("autoMinorVersionUpgrade"), "", &result)
		if r.Type == rdsInstance || r.Type == rdsCluster {
			demandTrue(r.Inputs.Get("copyTagsToSnapshot"), "which is false", &result)
		}
		return result
	},
}

var watchDatabases = rule.Rule{
	ID:       "e5",
	Name:     "watch-databases",
	Title:    "Databases send their logs to CloudWatch and are watched from inside",
	Why:      "when a database is slow or was broken into, its own records are what tells why",
	Fix:      "set enabledCloudwatchLogsExports, and monitoringInterval or performanceInsightsEnabled; of Aurora on the cluster or on each instance",
	Severity: apitype.PolicySeverityMedium,
	Level:    apitype.Mandatory,
	Controls: []rule.Control{
		rule.FSBP("RDS.6"), rule.FSBP("RDS.9"), rule.FSBP("RDS.36"),
		rule.Checkov("CKV_AWS_118"), rule.Checkov("CKV_AWS_129"), rule.Checkov("CKV_AWS_353"), rule.Trivy("AWS-0133"),
	},
	Settings: []rule.Setting{{
		Name:        "requireMonitoring",
		Description: "Whether databases need Enhanced Monitoring or Performance Insights.",
		Default:     true,
	}},
	AppliesTo: rule.OfType(rdsInstance, rdsCluster),
	Check: func(r rule.Resource, env rule.Env) rule.Result {
		var result rule.Result
		at := r.Inputs.Get("enabledCloudwatchLogsExports")
		logs, state := at.List()
		switch {
		case result.Unreadable(at, state, "a list"):
		case len(logs) == 0:
			result.Fail(at, "is not set")
		}
		if env.Settings.Flag("requireMonitoring") {
			checkWatched(r, &result)
		}
		return result
	},
	CheckStack: func(stack rule.Stack, env rule.Env) rule.Result {
		var result rule.Result
		instances := stack.OfType(rdsClusterInstance)
		if len(instances) == 0 || !env.Settings.Flag("requireMonitoring") {
			return rule.Skip("no instance of a cluster in the stack that has to be watched")
		}
		for _, instance := range instances {
			checkInstanceWatched(instance, stack, &result)
		}
		return result
	},
}

// isWatched tells whether a database or a cluster has Enhanced Monitoring or Performance Insights.
func isWatched(r rule.Resource) rule.Truth {
	seconds, state := r.Inputs.Get("monitoringInterval").Int()
	interval := rule.Is(seconds > 0)
	if state == rule.Unknown {
		interval = rule.Maybe
	}
	return interval.Or(isOn(r.Inputs.Get("performanceInsightsEnabled")))
}

// checkWatched demands that a database is watched. A cluster of Aurora need not be where its instances are, who are asked
// with the stack.
func checkWatched(r rule.Resource, result *rule.Result) {
	lacks := isWatched(r).Not()
	if r.Type == rdsCluster {
		at := r.Inputs.Get("engine")
		engine, state := at.Text()
		switch {
		case state == rule.Unknown && lacks == rule.Yes:
			result.Undetermined(at, "decides whether its instances are watched instead, and is known only after deployment")
			return
		case isAurora(engine):
			return
		}
	}
	reportUnwatched(r, lacks, result)
}

// checkInstanceWatched demands that an instance of a cluster is watched, by itself or with its cluster.
func checkInstanceWatched(instance rule.Resource, stack rule.Stack, result *rule.Result) {
	watched := isWatched(instance)
	clusters := stack.Referenced(instance, "clusterIdentifier", rule.OfType(rdsCluster))
	if len(clusters) == 0 && watched == rule.No {
		result.Undetermined(instance.Inputs.Get("monitoringInterval"), "is not set, and its cluster, which may be watched, is not in this stack")
		return
	}
	for _, cluster := range clusters {
		watched = watched.Or(isWatched(cluster))
	}
	reportUnwatched(instance, watched.Not(), result)
}

func reportUnwatched(r rule.Resource, lacks rule.Truth, result *rule.Result) {
	at := r.Inputs.Get("monitoringInterval")
	switch lacks {
	case rule.Yes:
		result.Fail(at, "is not set, and Performance Insights are off")
	case rule.Maybe:
		result.Undetermined(at, "may be set, or Performance Insights on: that is known only after deployment")
	}
}

// defaultNames are the names of administrators that every attack tries first.
var defaultNames = []string{"admin", "administrator", "postgres", "root", "rdsadmin", "sa", "awsuser", "master", "user"}

// defaultPorts are the ports of the databases RDS has.
var defaultPorts = []string{"1433", "1521", "3306", "5432", "50000"}

var unguessableDatabases = rule.Rule{
	ID:       "e6",
	Name:     "unguessable-databases",
	Title:    "Databases let clients sign in by role, and their administrator has a name of its own",
	Why:      "a password that nobody has to keep cannot leak, and a known name is half of what a guess needs",
	Fix:      "set username and iamDatabaseAuthenticationEnabled: true; where demanded port",
	Severity: apitype.PolicySeverityLow,
	Level:    apitype.Mandatory,
	Controls: []rule.Control{
		rule.FSBP("RDS.10"), rule.FSBP("RDS.23"), rule.FSBP("RDS.25"), rule.Checkov("CKV_AWS_161"), rule.Trivy("AWS-0176"),
	},
	Settings: []rule.Setting{
		{
			Name:        "requireRoles",
			Description: "Whether databases let clients sign in by role. Clients have to be made for it.",
			Default:     true,
		},
		{
			Name:        "requireOwnPort",
			Description: "Whether databases need another port than the usual one. It hides little.",
			Default:     false,
		},
	},
	AppliesTo: rule.OfType(rdsInstance, rdsCluster),
	Check: func(r rule.Resource, env rule.Env) rule.Result {
		var result rule.Result
		at := r.Inputs.Get("username")
		if r.Type == rdsCluster {
			at = r.Inputs.Get("masterUsername")
		}
		refuseText(at, defaultNames, &result)
		if env.Settings.Flag("requireRoles") {
			demandTrue(r.Inputs.Get("iamDatabaseAuthenticationEnabled"), "which is false", &result)
		}
		if env.Settings.Flag("requireOwnPort") {
			port := r.Inputs.Get("port")
			if port.State() == rule.Missing {
				result.Fail(port, "is not set, which is the usual one")
			}
			refuseText(port, defaultPorts, &result)
		}
		return result
	},
}

// refuseText records a text that is one of those refused.
func refuseText(at rule.Value, refused []string, result *rule.Result) {
	text, state := at.Text()
	switch {
	case result.Unreadable(at, state, "a string"):
	case containsFold(refused, text):
		result.Fail(at, "is %s, which everyone knows", at.Show())
	}
}

var durableCaches = rule.Rule{
	ID:       "e7",
	Name:     "durable-caches",
	Title:    "Production caches have a second node in another zone that takes over, and daily snapshots",
	Why:      "a broker that dies with its node loses the jobs that wait in it",
	Fix:      "set numCacheClusters: 2 or replicasPerNodeGroup: 1, automaticFailoverEnabled, multiAzEnabled and snapshotRetentionLimit",
	Severity: apitype.PolicySeverityMedium,
	Level:    apitype.Mandatory,
	Tiers:    []rule.Tier{rule.Prod},
	Controls: []rule.Control{
		rule.FSBP("ElastiCache.1"), rule.FSBP("ElastiCache.3"), rule.Checkov("CKV_AWS_134"), rule.Trivy("AWS-0050"),
	},
	AppliesTo: rule.OfType(replicationGroup, serverlessCache),
	Check: func(r rule.Resource, _ rule.Env) rule.Result {
		var result rule.Result
		demandAtLeast(r.Inputs.Get("snapshotRetentionLimit"), 1, "which is none", &result)
		if r.Type == serverlessCache {
			return result // is in several zones always
		}
		demandTrue(r.Inputs.Get("automaticFailoverEnabled"), "which is false", &result)
		demandTrue(r.Inputs.Get("multiAzEnabled"), "which is false", &result)
		if replicas := r.Inputs.Get("replicasPerNodeGroup"); replicas.State() != rule.Missing {
			demandAtLeast(replicas, 1, "", &result)
			return result
		}
		demandAtLeast(r.Inputs.Get("numCacheClusters"), 2, "which is one", &result)
		return result
	},
}

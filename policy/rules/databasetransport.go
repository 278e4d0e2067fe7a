package rules

import (
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"

	"coffee-platform/policy/rule"
)

const (
	rdsParameterGroup        = "aws:rds/parameterGroup:ParameterGroup"
	rdsClusterParameterGroup = "aws:rds/clusterParameterGroup:ClusterParameterGroup"
)

var encryptedDatabaseTransport = rule.Rule{
	ID:       "d2",
	Name:     "encrypted-database-transport",
	Title:    "Databases refuse connections without TLS",
	Why:      "a client that does not ask for TLS sends its password and its data in the clear, and nobody notices",
	Fix:      "name a parameter group of your own that sets rds.force_ssl to 1 (PostgreSQL, SQL Server) or require_secure_transport to ON (MySQL, MariaDB)",
	Severity: apitype.PolicySeverityHigh,
	Level:    apitype.Mandatory,
	Controls: []rule.Control{rule.FSBP("RDS.38"), rule.Checkov("CKV2_AWS_69")},
	AppliesTo: rule.OfType(
		rdsParameterGroup, rdsClusterParameterGroup, rdsInstance, rdsCluster),
	Check: func(r rule.Resource, _ rule.Env) rule.Result {
		var result rule.Result
		if parameterGroupOf[r.Type] != "" {
			checkOwnParameters(r, &result)
		} else if !checkTransportParameter(r, &result) {
			return rule.Skip("a database without a parameter that demands TLS")
		}
		return result
	},
	CheckStack: func(stack rule.Stack, _ rule.Env) rule.Result {
		var result rule.Result
		databases := stack.OfType(rdsInstance, rdsCluster)
		if len(databases) == 0 {
			return rule.Skip("no database in the stack")
		}
		for _, database := range databases {
			property := parameterGroupOf[database.Type]
			groups := stack.Referenced(database, property, rule.OfType(rdsParameterGroup, rdsClusterParameterGroup))
			if len(groups) == 0 {
				result.Undetermined(database.Inputs.Get(property), "names a parameter group that is not in this stack")
			}
			for _, group := range groups {
				checkTransportParameter(group, &result)
			}
		}
		return result
	},
}

// parameterGroupOf says where a database names its parameter group.
var parameterGroupOf = map[string]string{
	rdsInstance: "parameterGroupName",
	rdsCluster:  "dbClusterParameterGroupName",
}

// checkOwnParameters demands a parameter group that was made for it: those AWS makes are
// called default and cannot be changed.
func checkOwnParameters(r rule.Resource, result *rule.Result) {
	at := r.Inputs.Get(parameterGroupOf[r.Type])
	copies := r.Inputs.Get(copySource[r.Type])
	name, state := at.Text()
	switch {
	case result.Unreadable(at, state, "a string"):
	case name == "" && copies.State() != rule.Missing:
		result.Undetermined(at, "is taken over from the database named by %s", copies.Path())
	case name == "" || strings.HasPrefix(name, "default."):
		result.Fail(at, "is the default, which nobody can change")
	}
}

// transportParameter is the parameter that demands TLS, by family of database, and its
// values that do (https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/UsingWithRDS.SSL.html).
func transportParameter(family string) (name string, values []string) {
	switch family := strings.TrimPrefix(family, "aurora-"); {
	case strings.HasPrefix(family, "postgres"), strings.HasPrefix(family, "sqlserver"):
		return "rds.force_ssl", []string{"1"}
	case strings.HasPrefix(family, "mysql"), strings.HasPrefix(family, "mariadb"):
		return "require_secure_transport", []string{"1", "ON"}
	}
	return "", nil
}

// isAurora tells whether an engine, or a family of its parameters, is Aurora's.
func isAurora(engine string) bool { return strings.HasPrefix(engine, "aurora") }

// checkTransportParameter looks for the parameter that demands TLS, if there is one.
func checkTransportParameter(group rule.Resource, result *rule.Result) bool {
	at := group.Inputs.Get("family")
	family, state := at.Text()
	if state != rule.Known {
		result.Undetermined(at, "decides which parameter demands TLS, and is not known")
		return true
	}
	name, values := transportParameter(family)
	// Aurora has these parameters for the cluster, and none such for its instances
	// (https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/AuroraPostgreSQL.Security.html).
	if group.Type == rdsParameterGroup && isAurora(family) {
		name = ""
	}
	if name != "" {
		checkParameter(group.Inputs.Get("parameters"), name, values, result)
	}
	return name != ""
}

func checkParameter(at rule.Value, name string, values []string, result *rule.Result) {
	found := rule.No
	for _, parameter := range listed(at, "a list of parameters", result) {
		own, state := parameter.Get("name").Text()
		isIt := knownTo(state, own == name)
		if isIt == rule.Yes {
			demandText(parameter.Get("value"), "and must be", result, values...)
		}
		found = found.Or(isIt)
	}
	switch {
	case at.State() == rule.Unknown:
	case found == rule.No:
		result.Fail(at, "does not set %s", name)
	case found == rule.Maybe:
		result.Undetermined(at, "may set %s: that is known only after deployment", name)
	}
}

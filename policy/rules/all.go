// Package rules holds the rules of the pack, a file per concern.
package rules

import "coffee-platform/policy/rule"

// All returns every rule of the pack, in the order of their ids.
func All() []rule.Rule {
	return []rule.Rule{
		limitResources,
		runAsNonRoot,
		privateDatabases,
		closedDataPorts,
		encryptDatabases,
	}
}

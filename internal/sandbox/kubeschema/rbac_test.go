package kubeschema

import "testing"

func TestRoles(t *testing.T) {
	run(t, map[string]check{
		"verbs":                {role, "rules.0.verbs", "[get]", "[]", []string{"rules[0].verbs: at least one value"}},
		"groups":               {role, "rules.0.apiGroups", "['*']", removed, []string{"rules[0].apiGroups: at least one api group"}},
		"resources":            {role, "rules.0.resources", "['*']", removed, []string{"rules[0].resources: at least one resource"}},
		"URLs of a namespace":  {role, "rules", "[]", "[{nonResourceURLs: [/a], verbs: [get]}]", []string{"rules[0].nonResourceURLs: namespaced rules cannot"}},
		"URLs and resources":   {clusterRole, "rules.0.resources", "[]", "[pods]", []string{"rules[0].nonResourceURLs: cannot apply to both"}},
		"aggregation":          {clusterRole, "aggregationRule.clusterRoleSelectors", "[{}]", "[]", []string{"aggregationRule.clusterRoleSelectors: at least one"}},
		"aggregation selector": {clusterRole, "aggregationRule.clusterRoleSelectors", "[{}]", "[{matchLabels: {a: b c}}]", []string{"aggregationRule.clusterRoleSelectors[0].matchLabels: a valid label"}},
		"role's group":         {roleBinding, "roleRef.apiGroup", removed, "v1", []string{"roleRef.apiGroup: Unsupported"}},
		"role's kind":          {roleBinding, "roleRef.kind", "ClusterRole", "Group", []string{"roleRef.kind: Unsupported"}},
		"role's name":          {roleBinding, "roleRef.name", "a:b", removed, []string{"roleRef.name: Required"}},
		"cluster's role":       {clusterRoleBinding, "roleRef.kind", "ClusterRole", "Role", []string{"roleRef.kind: Unsupported"}},
		"subject's name":       {roleBinding, "subjects.1.name", "a", removed, []string{"subjects[1].name: Required"}},
		"subject's kind":       {roleBinding, "subjects.1.kind", "User", "Robot", []string{"subjects[1].kind: Unsupported"}},
		"subject's group":      {roleBinding, "subjects.1.apiGroup", "rbac.authorization.k8s.io", "v1", []string{"subjects[1].apiGroup: Unsupported"}},
		"account's group":      {roleBinding, "subjects.0.apiGroup", "''", "rbac.authorization.k8s.io", []string{"subjects[0].apiGroup: Unsupported"}},
		"account's name":       {roleBinding, "subjects.0.name", "a", "A", []string{"subjects[0].name: RFC 1123"}},
		"account's namespace":  {clusterRoleBinding, "subjects.0.namespace", "a", removed, []string{"subjects[0].namespace: Required"}},
	})
}

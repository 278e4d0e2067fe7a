package kubeschema

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestDisruptionBudgetsAndPriorities(t *testing.T) {
	run(t, map[string]check{
		"one bound":       {disruptionBudget, "spec", "{maxUnavailable: 1, selector: {}}", "{minAvailable: 1, maxUnavailable: 1}", []string{"spec: cannot be both set"}},
		"minimum":         {disruptionBudget, "spec.minAvailable", "100%", "101%", []string{"spec.minAvailable: 100%"}},
		"maximum":         {disruptionBudget, "spec", "{maxUnavailable: 0}", "{maxUnavailable: -1}", []string{"spec.maxUnavailable: greater"}},
		"selector":        {disruptionBudget, "spec.selector", "{}", "{matchLabels: {a: b c}}", []string{"spec.selector.matchLabels: a valid label"}},
		"eviction":        {disruptionBudget, "spec.unhealthyPodEvictionPolicy", "AlwaysAllow", "Never", []string{"spec.unhealthyPodEvictionPolicy: Unsupported"}},
		"priority":        {priorityClass, "value", "1000000000", "1000000001", []string{"value: maximum allowed value"}},
		"system priority": {priorityClass, "metadata.name", "system-node-critical", "system-render", []string{"metadata.name: reserved for system use only"}},
		"preemption":      {priorityClass, "preemptionPolicy", "Never", "Sometimes", []string{"preemptionPolicy: Unsupported"}},
	})
}

func TestAutoscalers(t *testing.T) {
	metric, at := "spec.metrics.0", "spec.metrics[0]"
	rules := "spec.behavior.scaleDown"
	run(t, map[string]check{
		"minimum":             {autoscaler, "spec.minReplicas", "1", "0", []string{"spec.minReplicas: greater than or equal to 1"}},
		"maximum":             {autoscaler, "spec.maxReplicas", "2", "0", []string{"spec.maxReplicas: greater than 0"}},
		"maximum and minimum": {autoscaler, "spec.maxReplicas", "2", "1", []string{"spec.maxReplicas: greater than or equal to `minReplicas`"}},
		"target":              {autoscaler, "spec.scaleTargetRef", "{apiVersion: v1, kind: ReplicationController, name: a}", "{apiVersion: v1}", []string{"spec.scaleTargetRef.apiVersion: must specify API group", "spec.scaleTargetRef.kind: Required", "spec.scaleTargetRef.name: Required"}},
		"target's version":    {autoscaler, "spec.scaleTargetRef.apiVersion", "a/v1", "a/b/c", []string{"spec.scaleTargetRef.apiVersion: unexpected GroupVersion"}},
		"metric's type":       {autoscaler, metric + ".type", "Resource", removed, []string{at + ".type: Required"}},
		"metric's source":     {autoscaler, metric + ".resource", "{name: cpu, target: {type: AverageValue, averageValue: 1}}", removed, []string{at + ".resource: must populate information"}},
		"metric's only":       {autoscaler, metric + ".pods", removed, "{metric: {name: a}, target: {type: AverageValue, averageValue: 1}}", []string{at + ".pods: must populate the given metric source only"}},
		"resource":            {autoscaler, metric + ".resource.name", "memory", removed, []string{at + ".resource.name: must specify a resource name"}},
		"resource's target":   {autoscaler, metric + ".resource.target", "{type: Utilization, averageUtilization: 1}", "{type: Utilization}", []string{at + ".resource.target.averageUtilization: must set either"}},
		"resource's targets":  {autoscaler, metric + ".resource.target", "{type: Utilization, averageUtilization: 1}", "{type: Utilization, averageUtilization: 1, averageValue: 1}", []string{at + ".resource.target.averageValue: may not set both"}},
		"target's type":       {autoscaler, metric + ".resource.target.type", "Utilization", "Percent", []string{at + ".resource.target.type: Unsupported"}},
		"target above zero":   {autoscaler, metric + ".resource.target.averageUtilization", "1", "0", []string{at + ".resource.target.averageUtilization: greater than 0"}},
		"container":           {autoscaler, metric, "{type: ContainerResource, containerResource: {name: cpu, container: a, target: {type: Utilization, averageUtilization: 1}}}", "{type: ContainerResource, containerResource: {target: {type: Utilization}}}", []string{at + ".containerResource.container: must specify", at + ".containerResource.name: must specify", at + ".containerResource.target.averageUtilization: must set"}},
		"pods":                {autoscaler, metric, "{type: Pods, pods: {metric: {name: a}, target: {type: AverageValue, averageValue: 1}}}", "{type: Pods, pods: {metric: {name: a/b}, target: {type: AverageValue}}}", []string{at + ".pods.metric.name: may not contain '/'", at + ".pods.target.averageValue: must specify a positive"}},
		"object":              {autoscaler, metric, "{type: Object, object: {describedObject: {kind: A, name: a}, metric: {name: a}, target: {type: Value, value: 1}}}", "{type: Object, object: {describedObject: {}, metric: {}, target: {type: Value}}}", []string{at + ".object.describedObject.name: Required", at + ".object.metric.name: Required", at + ".object.target.averageValue: must set either"}},
		"external":            {autoscaler, metric, "{type: External, external: {metric: {name: a}, target: {type: Value, value: 1}}}", "{type: External, external: {metric: {}, target: {type: Value, value: 0, averageValue: 1}}}", []string{at + ".external.metric.name: Required", at + ".external.target.value: may not set both", at + ".external.target.value: must be positive"}},
		"window":              {autoscaler, rules + ".stabilizationWindowSeconds", "3600", "3601", []string{rules + ".stabilizationWindowSeconds: between 0 and 3600"}},
		"select":              {autoscaler, rules + ".selectPolicy", "Disabled", "First", []string{rules + ".selectPolicy: Unsupported"}},
		"policies":            {autoscaler, rules + ".policies", removed, "[]", []string{rules + ".policies: at least one Policy"}},
		"policy":              {autoscaler, rules + ".policies.0", "{type: Percent, value: 1, periodSeconds: 1800}", "{type: Replicas, value: 0, periodSeconds: 1801}", []string{rules + ".policies[0].periodSeconds: between 1 and 1800", rules + ".policies[0].type: Unsupported", rules + ".policies[0].value: greater than zero"}},
		"upwards too":         {autoscaler, "spec.behavior.scaleUp", "{stabilizationWindowSeconds: 0}", "{stabilizationWindowSeconds: -1}", []string{"spec.behavior.scaleUp.stabilizationWindowSeconds: between"}},
	})
}

func TestConfiguration(t *testing.T) {
	run(t, map[string]check{
		"config key":       {configMap, "data", "{a.b_c-D: x}", "{a b: x}", []string{"data[a b]: a valid config key"}},
		"binary key":       {configMap, "binaryData", "{a: aGVsbG8=}", "{a/b: aGVsbG8=}", []string{"binaryData[a/b]: a valid config key"}},
		"key twice":        {configMap, "binaryData", "{a: aGVsbG8=}", "{LOG_LEVEL: aGVsbG8=}", []string{"data[LOG_LEVEL]: duplicate of key"}},
		"secret key":       {secret, "data.ca/crt", "aGVsbG8=", "a?", []string{"data[ca.crt]: expected base64"}},
		"secret value":     {secret, "data.ca/crt", "aGVsbG8=", "1", []string{"data[ca.crt]: expected a base64 string, found a number"}},
		"secret keys":      {secret, "stringData", "{tls.key: a, a: b}", "{tls.key: a, a b: c}", []string{"stringData[a b]: a valid config key"}},
		"secret data keys": {secret, "data", "{tls.crt: ''}", "{tls.crt: '', a b: ''}", []string{"data[a b]: a valid config key"}},
		"TLS":              {secret, "stringData", "{tls.key: a}", "{}", []string{"data[tls.key]: Required"}},
		"any type":         {secret, "type", "coffee.dev/own", "kubernetes.io/ssh-auth", []string{"data[ssh-privatekey]: Required"}},
		"service account":  {secret, "type", "Opaque", "kubernetes.io/service-account-token", []string{"metadata.annotations[kubernetes.io/service-account.name]: Required"}},
		"basic":            {secret, "type", "Opaque", "kubernetes.io/basic-auth", []string{"data[password]: Required", "data[username]: Required"}},
		"registry":         {secret, "type", "Opaque", "kubernetes.io/dockerconfigjson", []string{"data[.dockerconfigjson]: Required"}},
		"old registry":     {secret, "type", "Opaque", "kubernetes.io/dockercfg", []string{"data[.dockercfg]: Required"}},
		"storage required": {claim, "spec.resources", "{requests: {storage: 1}}", "{}", []string{"spec.resources[storage]: Required"}},
		"storage":          {claim, "spec.resources.requests.storage", "1", "0", []string{"spec.resources[storage]: greater than zero"}},
		"access mode":      {claim, "spec.accessModes", "[ReadWriteOncePod]", "[ReadWrite]", []string{"spec.accessModes: Unsupported"}},
		"exclusive access": {claim, "spec.accessModes", "[ReadWriteOnce, ReadOnlyMany]", "[ReadWriteOncePod, ReadOnlyMany]", []string{"spec.accessModes: may not use ReadWriteOncePod with"}},
		"claim's class":    {claim, "spec.storageClassName", "''", "GP3", []string{"spec.storageClassName: RFC 1123"}},
		"claim's mode":     {claim, "spec.volumeMode", "Block", "Raw", []string{"spec.volumeMode: Unsupported"}},
		"claim's selector": {claim, "spec.selector", "{}", "{matchLabels: {a: b c}}", []string{"spec.selector.matchLabels: a valid label"}},
		"provisioner":      {storageClass, "provisioner", "a/B", removed, []string{"provisioner: Required"}},
		"provisioner name": {storageClass, "provisioner", "a/B", "a b", []string{"provisioner: name part"}},
		"reclaim policy":   {storageClass, "reclaimPolicy", "Retain", "Recycle", []string{"reclaimPolicy: Unsupported"}},
		"binding mode":     {storageClass, "volumeBindingMode", "Immediate", "Later", []string{"volumeBindingMode: Unsupported"}},
		"quota's name":     {resourceQuota, "spec.hard", "{requests.nvidia.com/gpu: 1}", "{limits.gpu: 1}", []string{"spec.hard[limits.gpu]: must be a standard resource for quota"}},
		"quota's names":    {resourceQuota, "spec.hard", "{requests.hugepages-2Mi: 1}", "{a b: 1}", []string{"spec.hard[a b]: name part"}},
		"quota's count":    {resourceQuota, "spec.hard", "{pods: 1}", "{pods: 1500m}", []string{"spec.hard[pods]: must be an integer"}},
		"quota's amount":   {resourceQuota, "spec.hard", "{limits.cpu: 0}", "{limits.cpu: -1}", []string{"spec.hard[limits.cpu]: greater"}},
		"quota's scope":    {resourceQuota, "spec.scopes", "[BestEffort]", "[Burstable]", []string{"spec.scopes[0]: Unsupported"}},
		"quota's selector": {resourceQuota, "spec.scopeSelector", "{matchExpressions: [{scopeName: PriorityClass, operator: In, values: [a]}]}", "{matchExpressions: [{scopeName: Class, operator: Is, values: [a]}]}", []string{"spec.scopeSelector.matchExpressions[0].operator: Unsupported", "spec.scopeSelector.matchExpressions[0].scopeName: Unsupported", "spec.scopeSelector.matchExpressions[0].values: need at least one value"}},
		"limit's type":     {limitRange, "spec.limits.0.type", "Container", "Namespace", []string{"spec.limits[0].type: Unsupported"}},
		"limit's types":    {limitRange, "spec.limits", "[{type: Pod}, {type: Container}]", "[{type: Pod}, {type: Pod}]", []string{"spec.limits[1].type: Duplicate"}},
		"pod's defaults":   {limitRange, "spec.limits", "[{type: Pod, max: {cpu: 1}}]", "[{type: Pod, default: {cpu: 1}, defaultRequest: {cpu: 1}}]", []string{"spec.limits[0].default: may not", "spec.limits[0].defaultRequest: may not"}},
		"limit's order":    {limitRange, "spec.limits.0.default", "{memory: 128Mi}", "{memory: 16Gi}", []string{"spec.limits[0].default[memory]: default value 16Gi is greater than max value 8Gi"}},
		"limit's name":     {limitRange, "spec.limits.0.max", "{ephemeral-storage: 1Gi}", "{disk: 1Gi}", []string{"spec.limits[0].max[disk]: must be a standard resource for containers"}},
		"limit's ratio":    {limitRange, "spec.limits.0.maxLimitRequestRatio", "{cpu: 1}", "{cpu: 500m}", []string{"spec.limits[0].maxLimitRequestRatio[cpu]: ratio is less than 1"}},
		"lease's duration": {lease, "spec.leaseDurationSeconds", "1", "0", []string{"spec.leaseDurationSeconds: greater than 0"}},
		"lease's changes":  {lease, "spec.leaseTransitions", "0", "-1", []string{"spec.leaseTransitions: greater"}},
	})
}

func TestConfigurationHasALimit(t *testing.T) {
	for name, text := range map[string]string{"ConfigMap": configMap, "Secret": secret} {
		t.Run(name, func(t *testing.T) {
			object := parse(t, text)
			field := map[string]string{"ConfigMap": "data", "Secret": "stringData"}[name]
			content, _ := object[field].(map[string]any)

			content["big"] = strings.Repeat("x", maxDataSize-100)
			require.Empty(t, Validate(object))

			content["big"] = strings.Repeat("x", maxDataSize)
			problems := Validate(object)
			require.Len(t, problems, 1)
			assert.Equal(t, "data", problems[0].Path)
			assert.Contains(t, problems[0].Message, "Too long")
		})
	}
	object := with(t, configMap, "data", "{}")
	object["binaryData"] = map[string]any{"big": strings.Repeat("aaaa", maxDataSize/2)}
	assert.Len(t, Validate(object), 1, "binary data counts")
}

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

func TestDefinitions(t *testing.T) {
	schema := "spec.versions.0.schema"
	at := "spec.versions[0].schema.openAPIV3Schema"
	run(t, map[string]check{
		"name":           {definition, "metadata.name", "beans.coffee.dev", "bean.coffee.dev", []string{"metadata.name: must be spec.names.plural"}},
		"scope":          {definition, "spec.scope", "Cluster", "Global", []string{"spec.scope: Unsupported"}},
		"stored version": {definition, "spec.versions.0.storage", "true", "false", []string{"spec.versions: exactly one version"}},
		"schema":         {definition, schema, "{openAPIV3Schema: {type: object}}", removed, []string{at + ": there is no schema"}},
		"structural":     {definition, schema, "{openAPIV3Schema: {type: object}}", "{openAPIV3Schema: {type: object, properties: {spec: {}}}}", []string{at + ".properties[spec].type: must not be empty"}},
		"a number":       {definition, schema, "{openAPIV3Schema: {type: object, properties: {a: {type: number, maximum: 1.5}}}}", "{openAPIV3Schema: {type: object, properties: {a: {type: number, maximum: much}}}}", []string{at + ".properties[a].maximum: expected a number, found a string"}},
		"not a schema":   {definition, schema, "{openAPIV3Schema: {type: object}}", "{openAPIV3Schema: {type: object, id: a}}", []string{at + ": "}},
	})
}

package kubeschema

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestConfiguration(t *testing.T) {
	run(t, map[string]check{
		"config key":         {configMap, "data", "{a.b_c-D: x}", "{a b: x}", []string{"data[a b]: a valid config key"}},
		"binary key":         {configMap, "binaryData", "{a: aGVsbG8=}", "{a/b: aGVsbG8=}", []string{"binaryData[a/b]: a valid config key"}},
		"key twice":          {configMap, "binaryData", "{a: aGVsbG8=}", "{LOG_LEVEL: aGVsbG8=}", []string{"data[LOG_LEVEL]: duplicate of key"}},
		"secret key":         {secret, "data.ca/crt", "aGVsbG8=", "a?", []string{"data[ca.crt]: expected base64"}},
		"secret value":       {secret, "data.ca/crt", "aGVsbG8=", "1", []string{"data[ca.crt]: expected a base64 string, found a number"}},
		"secret keys":        {secret, "stringData", "{tls.key: a, a: b}", "{tls.key: a, a b: c}", []string{"stringData[a b]: a valid config key"}},
		"secret data keys":   {secret, "data", "{tls.crt: ''}", "{tls.crt: '', a b: ''}", []string{"data[a b]: a valid config key"}},
		"TLS":                {secret, "stringData", "{tls.key: a}", "{}", []string{"data[tls.key]: Required"}},
		"any type":           {secret, "type", "coffee.dev/own", "kubernetes.io/ssh-auth", []string{"data[ssh-privatekey]: Required"}},
		"service account":    {secret, "type", "Opaque", "kubernetes.io/service-account-token", []string{"metadata.annotations[kubernetes.io/service-account.name]: Required"}},
		"basic":              {secret, "type", "Opaque", "kubernetes.io/basic-auth", []string{"data[password]: Required", "data[username]: Required"}},
		"registry":           {secret, "type", "Opaque", "kubernetes.io/dockerconfigjson", []string{"data[.dockerconfigjson]: Required"}},
		"old registry":       {secret, "type", "Opaque", "kubernetes.io/dockercfg", []string{"data[.dockercfg]: Required"}},
		"storage required":   {claim, "spec.resources", "{requests: {storage: 1}}", "{}", []string{"spec.resources[storage]: Required"}},
		"storage":            {claim, "spec.resources.requests.storage", "1", "0", []string{"spec.resources[storage]: greater than zero"}},
		"access mode":        {claim, "spec.accessModes", "[ReadWriteOncePod]", "[ReadWrite]", []string{"spec.accessModes: Unsupported"}},
		"exclusive access":   {claim, "spec.accessModes", "[ReadWriteOnce, ReadOnlyMany]", "[ReadWriteOncePod, ReadOnlyMany]", []string{"spec.accessModes: may not use ReadWriteOncePod with"}},
		"claim's class":      {claim, "spec.storageClassName", "''", "GP3", []string{"spec.storageClassName: RFC 1123"}},
		"claim's mode":       {claim, "spec.volumeMode", "Block", "Raw", []string{"spec.volumeMode: Unsupported"}},
		"claim's selector":   {claim, "spec.selector", "{}", "{matchLabels: {a: b c}}", []string{"spec.selector.matchLabels: a valid label"}},
		"provisioner":        {storageClass, "provisioner", "a/B", removed, []string{"provisioner: Required"}},
		"provisioner name":   {storageClass, "provisioner", "a/B", "a b", []string{"provisioner: name part"}},
		"reclaim policy":     {storageClass, "reclaimPolicy", "Retain", "Recycle", []string{"reclaimPolicy: Unsupported"}},
		"binding mode":       {storageClass, "volumeBindingMode", "Immediate", "Later", []string{"volumeBindingMode: Unsupported"}},
		"quota's name":       {resourceQuota, "spec.hard", "{requests.nvidia.com/gpu: 1}", "{limits.gpu: 1}", []string{"spec.hard[limits.gpu]: must be a standard resource for quota"}},
		"quota's names":      {resourceQuota, "spec.hard", "{requests.hugepages-2Mi: 1}", "{a b: 1}", []string{"spec.hard[a b]: name part"}},
		"quota's count":      {resourceQuota, "spec.hard", "{pods: 1}", "{pods: 1500m}", []string{"spec.hard[pods]: must be an integer"}},
		"quota's amount":     {resourceQuota, "spec.hard", "{limits.cpu: 0}", "{limits.cpu: -1}", []string{"spec.hard[limits.cpu]: greater"}},
		"quota's scope":      {resourceQuota, "spec.scopes", "[NotTerminating]", "[Burstable]", []string{"spec.scopes[0]: Unsupported"}},
		"quota's fit":        {resourceQuota, "spec", "{hard: {pods: 1, count/jobs.batch: 1}, scopes: [BestEffort]}", "{hard: {pods: 1, limits.cpu: 1}, scopes: [BestEffort]}", []string{"spec.scopes[0]: does not apply to limits.cpu"}},
		"quota's fit, pods":  {resourceQuota, "spec", "{hard: {requests.cpu: 1}, scopes: [Terminating]}", "{hard: {secrets: 1}, scopes: [Terminating]}", []string{"spec.scopes[0]: does not apply to secrets"}},
		"quota's fit, class": {resourceQuota, "spec", "{hard: {pods: 1}, scopeSelector: {matchExpressions: [{scopeName: PriorityClass, operator: Exists}]}}", "{hard: {pods: 1}, scopeSelector: {matchExpressions: [{scopeName: VolumeAttributesClass, operator: Exists}]}}", []string{"spec.scopeSelector.matchExpressions[0].scopeName: does not apply to pods"}},
		"quota's conflict":   {resourceQuota, "spec", "{scopes: [BestEffort, Terminating]}", "{scopes: [BestEffort, NotBestEffort]}", []string{"spec.scopes: conflicting scopes"}},
		"quota's selector":   {resourceQuota, "spec.scopeSelector", "{matchExpressions: [{scopeName: PriorityClass, operator: In, values: [a]}]}", "{matchExpressions: [{scopeName: Class, operator: Is, values: [a]}]}", []string{"spec.scopeSelector.matchExpressions[0].operator: must be 'Exists'", "spec.scopeSelector.matchExpressions[0].operator: Unsupported", "spec.scopeSelector.matchExpressions[0].scopeName: Unsupported", "spec.scopeSelector.matchExpressions[0].values: need at least one value"}},
		"limit's type":       {limitRange, "spec.limits.0.type", "Container", "Namespace", []string{"spec.limits[0].type: Unsupported"}},
		"limit's own type":   {limitRange, "spec.limits.0.type", "coffee.dev/Bean", "coffee.dev/", []string{"spec.limits[0].type: name part must be non-empty", "spec.limits[0].type: name part must consist"}},
		"limit's types":      {limitRange, "spec.limits", "[{type: Pod}, {type: Container}]", "[{type: Pod}, {type: Pod}]", []string{"spec.limits[1].type: Duplicate"}},
		"pod's defaults":     {limitRange, "spec.limits", "[{type: Pod, max: {cpu: 1}}]", "[{type: Pod, default: {cpu: 1}, defaultRequest: {cpu: 1}}]", []string{"spec.limits[0].default: may not", "spec.limits[0].defaultRequest: may not"}},
		"limit's order":      {limitRange, "spec.limits.0.default", "{memory: 128Mi}", "{memory: 16Gi}", []string{"spec.limits[0].default[memory]: default value 16Gi is greater than max value 8Gi"}},
		"limit's name":       {limitRange, "spec.limits.0.max", "{ephemeral-storage: 1Gi}", "{disk: 1Gi}", []string{"spec.limits[0].max[disk]: must be a standard resource for containers"}},
		"limit's ratio":      {limitRange, "spec.limits.0.maxLimitRequestRatio", "{cpu: 1}", "{cpu: 500m}", []string{"spec.limits[0].maxLimitRequestRatio[cpu]: ratio is less than 1"}},
		"lease's duration":   {lease, "spec.leaseDurationSeconds", "1", "0", []string{"spec.leaseDurationSeconds: greater than 0"}},
		"lease's changes":    {lease, "spec.leaseTransitions", "0", "-1", []string{"spec.leaseTransitions: greater"}},
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

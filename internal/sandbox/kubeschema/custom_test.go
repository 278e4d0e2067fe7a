package kubeschema

import (
	"os"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"sigs.k8s.io/yaml"
)

const rulesSkipped = ": some validation rules were not checked"

func TestNodePools(t *testing.T) {
	template := "spec.template.spec"
	run(t, map[string]check{
		"unknown field":          {nodePool, "spec.template.spec.kubelet", removed, "{maxPods: 10}", []string{"spec.template.spec.kubelet: unknown field"}},
		"required":               {nodePool, template + ".requirements", "[]", removed, []string{rulesSkipped, "spec.template.spec.requirements: Required"}},
		"type":                   {nodePool, "spec.weight", "1", "high", []string{rulesSkipped, "spec.weight: must be of type integer"}},
		"fraction":               {nodePool, "spec.weight", "1", "1.5", []string{rulesSkipped, "spec.weight: must be of type integer"}},
		"maximum":                {nodePool, "spec.weight", "100", "101", []string{"spec.weight: should be less than or equal to 100"}},
		"operator":               {nodePool, template + ".requirements.2.operator", "NotIn", "Is", []string{rulesSkipped, `spec.template.spec.requirements[2].operator: Unsupported value: "Is"`}},
		"values":                 {nodePool, template + ".requirements.2.values", "[spot]", "[]", []string{"spec.template.spec.requirements: requirements with operator 'In' must have a value"}},
		"comparison":             {nodePool, template + ".requirements.1.values", "['4']", "['4', '8']", []string{"spec.template.spec.requirements: must have a single positive integer value"}},
		"minimum of values":      {nodePool, template + ".requirements.0.minValues", "3", "4", []string{"spec.template.spec.requirements: requirements with 'minValues'"}},
		"restricted label":       {nodePool, "spec.template.metadata.labels", "{karpenter.sh/capacity-type: spot}", "{karpenter.sh/x: z}", []string{`spec.template.metadata.labels: label domain "karpenter.sh" is restricted`}},
		"duration":               {nodePool, template + ".expireAfter", "Never", "14d", []string{"spec.template.spec.expireAfter: should match"}},
		"class reference":        {nodePool, template + ".nodeClassRef.name", "a", "''", []string{"spec.template.spec.nodeClassRef.name: name may not be empty"}},
		"taint effect":           {nodePool, template + ".taints.0.effect", "NoExecute", "Never", []string{rulesSkipped, "spec.template.spec.taints[0].effect: Unsupported"}},
		"limits":                 {nodePool, "spec.limits", "{cpu: 100, memory: 1Ti}", "{memory: lots}", []string{"spec.limits.memory: should match"}},
		"budget's nodes":         {nodePool, "spec.disruption.budgets.0.nodes", "20%", "101%", []string{"spec.disruption.budgets[0].nodes: should match"}},
		"budget's default":       {nodePool, "spec.disruption.budgets.0", "{}", "{schedule: '@daily'}", []string{"spec.disruption.budgets: 'schedule' must be set with 'duration'"}},
		"budget's reason":        {nodePool, "spec.disruption.budgets.0.reasons", "[Empty]", "[Expired]", []string{rulesSkipped, "spec.disruption.budgets[0].reasons[0]: Unsupported"}},
		"disruption has default": {nodePool, "spec.disruption", removed, "{consolidationPolicy: WhenEmpty}", []string{rulesSkipped, "spec.disruption.consolidateAfter: Required"}},
		"static pool":            {nodePool, "spec", "{replicas: 2, limits: {nodes: 3}, template: {spec: {requirements: [], nodeClassRef: {group: a, kind: b, name: c}}}}", "{replicas: 2, weight: 1, template: {spec: {requirements: [], nodeClassRef: {group: a, kind: b, name: c}}}}", []string{"spec: 'weight' is not supported on static NodePools"}},
		"null is absent":         {nodePool, "spec.weight", "null", "0", []string{"spec.weight: should be greater than or equal to 1"}},
	})
}

func TestTargetGroupBindings(t *testing.T) {
	run(t, map[string]check{
		"name of the group":    {targetGroupBinding, "spec.targetGroupName", removed, "api", []string{"spec.targetGroupName: unknown field"}},
		"group":                {targetGroupBinding, "spec.targetGroupARN", "arn:aws:elasticloadbalancing:eu-central-1:123456789012:targetgroup/a/0", removed, []string{"spec.targetGroupARN: Required"}},
		"group's ARN":          {targetGroupBinding, "spec.targetGroupARN", "arn:aws:elasticloadbalancing:eu-central-1:123456789012:targetgroup/a/0", "api", []string{"spec.targetGroupARN: should match"}},
		"type is wanted":       {targetGroupBinding, "spec.targetType", "instance", removed, []string{"spec.targetType: Required"}},
		"type":                 {targetGroupBinding, "spec.targetType", "instance", "pod", []string{"spec.targetType: Unsupported"}},
		"Service":              {targetGroupBinding, "spec.serviceRef", "{name: api, port: http}", removed, []string{"spec.serviceRef: Required"}},
		"port of the Service":  {targetGroupBinding, "spec.serviceRef", "{name: api, port: http}", "{name: api}", []string{"spec.serviceRef.port: Required"}},
		"peers are gone":       {targetGroupBinding, "spec.networking.ingress.0.from", removed, "[]", []string{"spec.networking.ingress[0].from: unknown field"}},
		"protocol":             {targetGroupBinding, "spec.networking.ingress.0.ports.0.protocol", "UDP", "ICMP", []string{"spec.networking.ingress[0].ports[0].protocol: Unsupported"}},
		"VPC":                  {targetGroupBinding, "spec.vpcID", "vpc-01234567", "subnet-01234567", []string{"spec.vpcID: should match"}},
		"version of addresses": {targetGroupBinding, "spec.ipAddressType", "ipv6", "dualstack", []string{"spec.ipAddressType: Unsupported"}},
	})
}

func TestNodeClasses(t *testing.T) {
	subnet := "spec.subnetSelectorTerms"
	network := "spec.advancedNetworking"
	run(t, map[string]check{
		"name":                    {nodeClass, "metadata.name", "general", "default", []string{": the name default belongs to the NodeClass that EKS manages"}},
		"unknown field":           {nodeClass, "spec.userData", removed, "a", []string{"spec.userData: unknown field"}},
		"role":                    {nodeClass, "spec.role", "path/name", removed, []string{"spec: exactly one of role and instanceProfile"}},
		"role's name":             {nodeClass, "spec.role", "a", "arn:aws:iam::123456789012:role/a", []string{"spec.role: is the name of an IAM role, not its ARN"}},
		"profile":                 {nodeClass, "spec.instanceProfile", removed, "a", []string{"spec: exactly one of role and instanceProfile"}},
		"subnets":                 {nodeClass, subnet, "[{id: subnet-1}]", removed, []string{rulesSkipped, "spec.subnetSelectorTerms: Required"}},
		"one subnet":              {nodeClass, subnet, "[{tags: {a: b}}]", "[]", []string{"spec.subnetSelectorTerms: should have at least 1 items"}},
		"subnet's id":             {nodeClass, subnet, "[{id: subnet-1}]", "[{id: vpc-1}]", []string{"spec.subnetSelectorTerms[0].id: should match"}},
		"subnet's term":           {nodeClass, subnet, "[{tags: {a: b}}]", "[{id: subnet-1, tags: {a: b}}]", []string{"spec.subnetSelectorTerms[0]: exactly one of id and tags"}},
		"subnet's tags":           {nodeClass, subnet, "[{tags: {a: b}}]", "[{tags: {}}]", []string{"spec.subnetSelectorTerms[0].tags: should have at least 1 properties"}},
		"groups":                  {nodeClass, "spec.securityGroupSelectorTerms", "[{name: a}]", "[{name: a, id: sg-1}]", []string{"spec.securityGroupSelectorTerms[0]: exactly one of id, name and tags"}},
		"pod groups with subnets": {nodeClass, "spec.podSecurityGroupSelectorTerms", "[{id: sg-2}]", removed, []string{"spec: podSubnetSelectorTerms and podSecurityGroupSelectorTerms must be set together"}},
		"pod groups":              {nodeClass, "spec.podSecurityGroupSelectorTerms", "[{id: sg-2}]", "[{}]", []string{"spec.podSecurityGroupSelectorTerms[0]: exactly one of id and tags"}},
		"pod groups' names":       {nodeClass, "spec.podSecurityGroupSelectorTerms", "[{id: sg-2}]", "[{id: sg-2, name: a}]", []string{"spec.podSecurityGroupSelectorTerms[0].name: unknown field"}},
		"reservations":            {nodeClass, "spec.capacityReservationSelectorTerms", "[{owner: '123456789012'}]", "[{id: cr-1, owner: '123456789012'}]", []string{"spec.capacityReservationSelectorTerms[0]: either id, or tags and owner"}},
		"reservations' owner":     {nodeClass, "spec.capacityReservationSelectorTerms", "[]", "[{owner: '1'}]", []string{"spec.capacityReservationSelectorTerms[0].owner: should match"}},
		"placement":               {nodeClass, "spec.placementGroupSelector", "{id: pg-1}", "{}", []string{"spec.placementGroupSelector: exactly one of id and name"}},
		"source address":          {nodeClass, "spec.snatPolicy", "Disabled", "Never", []string{rulesSkipped, "spec.snatPolicy: Unsupported"}},
		"network policy":          {nodeClass, "spec.networkPolicy", "DefaultAllow", "Deny", []string{rulesSkipped, "spec.networkPolicy: Unsupported"}},
		"event logs":              {nodeClass, "spec.networkPolicyEventLogs", "Disabled", "Some", []string{rulesSkipped, "spec.networkPolicyEventLogs: Unsupported"}},
		"size in Gi":              {nodeClass, "spec.ephemeralStorage.size", "59000Gi", "59001Gi", []string{"spec.ephemeralStorage.size: should match"}},
		"size in G":               {nodeClass, "spec.ephemeralStorage.size", "64000G", "64001G", []string{"spec.ephemeralStorage.size: should match"}},
		"size in Ti":              {nodeClass, "spec.ephemeralStorage.size", "58Ti", "59Ti", []string{"spec.ephemeralStorage.size: should match"}},
		"size in T":               {nodeClass, "spec.ephemeralStorage.size", "64T", "65T", []string{"spec.ephemeralStorage.size: should match"}},
		"operations":              {nodeClass, "spec.ephemeralStorage.iops", "16000", "16001", []string{"spec.ephemeralStorage.iops: less than or equal to 16000"}},
		"few operations":          {nodeClass, "spec.ephemeralStorage.iops", "3000", "2999", []string{"spec.ephemeralStorage.iops: greater than or equal to 3000"}},
		"throughput":              {nodeClass, "spec.ephemeralStorage.throughput", "1000", "1001", []string{"spec.ephemeralStorage.throughput: less than or equal to 1000"}},
		"low throughput":          {nodeClass, "spec.ephemeralStorage.throughput", "125", "124", []string{"spec.ephemeralStorage.throughput: greater than or equal to 125"}},
		"key":                     {nodeClass, "spec.ephemeralStorage.kmsKeyID", "alias/nodes", "nodes", []string{"spec.ephemeralStorage.kmsKeyID: should match"}},
		"key's id":                {nodeClass, "spec.ephemeralStorage.kmsKeyID", "1234abcd-12ab-34cd-56ef-1234567890ab", "arn:aws:s3:::bucket", []string{"spec.ephemeralStorage.kmsKeyID: should match"}},
		"proxy":                   {nodeClass, network + ".httpsProxy", "http://[2001:db8::4]:3128", "192.0.2.4:3128", []string{"spec.advancedNetworking.httpsProxy: should match"}},
		"prefix":                  {nodeClass, network + ".ipv4PrefixSize", "Auto", "'28'", []string{rulesSkipped, "spec.advancedNetworking.ipv4PrefixSize: Unsupported"}},
		"public address":          {nodeClass, network, "{associatePublicIPAddress: false}", "{associatePublicIPAddress: false, networkInterfaces: [{networkCardIndex: 0, deviceIndex: 0, interfaceType: interface}, {networkCardIndex: 0, deviceIndex: 1, interfaceType: efa-only}]}", []string{"spec.advancedNetworking: cannot be used with more than one network interface"}},
		"primary interface":       {nodeClass, network + ".networkInterfaces", "[{networkCardIndex: 0, deviceIndex: 1, interfaceType: efa-only}]", "[{networkCardIndex: 0, deviceIndex: 0, interfaceType: efa-only}]", []string{"spec.advancedNetworking.networkInterfaces[0]: the primary interface"}},
		"one kind of addresses":   {nodeClass, network + ".networkInterfaces.0", "{networkCardIndex: 0, deviceIndex: 0, interfaceType: interface, secondaryIPv4Count: 1}", "{networkCardIndex: 0, deviceIndex: 0, interfaceType: interface, secondaryIPv4Count: 1, secondaryIPv4PrefixCount: 1}", []string{"spec.advancedNetworking.networkInterfaces[0]: only one of"}},
		"addresses on one card":   {nodeClass, network + ".networkInterfaces.1", "{networkCardIndex: 1, deviceIndex: 0, interfaceType: interface}", "{networkCardIndex: 1, deviceIndex: 0, interfaceType: interface, secondaryIPv4Count: 1}", []string{"spec.advancedNetworking.networkInterfaces[1]: secondary addresses are for"}},
		"lockdown":                {nodeClass, "spec.advancedSecurity.kernelLockdown", "none", "confidentiality", []string{rulesSkipped, "spec.advancedSecurity.kernelLockdown: Unsupported"}},
		"FIPS":                    {nodeClass, "spec.advancedSecurity.fips", "true", "'true'", []string{rulesSkipped, "spec.advancedSecurity.fips: must be of type boolean"}},
		"certificate":             {nodeClass, "spec.certificateBundles", "[{name: a, data: aGVsbG8=}]", "[{name: a, data: hello!}]", []string{rulesSkipped, "spec.certificateBundles[0].data: must be of type byte"}},
		"tags of the cluster":     {nodeClass, "spec.tags", "{kubernetes.io/role/x: '1'}", "{kubernetes.io/cluster/x: owned}", []string{"spec.tags: tags kubernetes.io/cluster/* are restricted"}},
		"tags of Karpenter":       {nodeClass, "spec.tags", "{karpenter.sh/discovery: x}", "{karpenter.sh/nodepool: x}", []string{"spec.tags: tags karpenter.sh/"}},
	})
}

func TestExternalSecrets(t *testing.T) {
	run(t, map[string]check{
		"store's service":     {secretStore, "spec.provider.aws.service", "ParameterStore", "S3", []string{rulesSkipped, "spec.provider.aws.service: Unsupported"}},
		"store's region":      {secretStore, "spec.provider.aws.region", "us-east-1", removed, []string{rulesSkipped, "spec.provider.aws.region: Required"}},
		"one provider":        {secretStore, "spec.provider", "{aws: {service: SecretsManager, region: us-east-1}}", "{}", []string{"spec.provider: "}},
		"store's field":       {secretStore, "spec.provider.aws.arn", removed, "a", []string{"spec.provider.aws.arn: unknown field"}},
		"refresh":             {externalSecret, "spec.refreshPolicy", "OnChange", "Never", []string{"spec.refreshPolicy: Unsupported"}},
		"owner":               {externalSecret, "spec.target.creationPolicy", "Owner", "Mine", []string{"spec.target.creationPolicy: Unsupported"}},
		"secret's key":        {externalSecret, "spec.data.0.secretKey", "A", removed, []string{"spec.data[0].secretKey: Required"}},
		"reference":           {externalSecret, "spec.data.0.remoteRef.key", "a", removed, []string{"spec.data[0].remoteRef.key: Required"}},
		"reference's version": {externalSecret, "spec.data.0.remoteRef.versionId", removed, "a", []string{"spec.data[0].remoteRef.versionId: unknown field"}},
	})
}

func TestScaledObjects(t *testing.T) {
	run(t, map[string]check{
		"target":           {scaledObject, "spec.scaleTargetRef", "{name: a}", removed, []string{rulesSkipped, "spec.scaleTargetRef: Required"}},
		"maximum":          {scaledObject, "spec.maxReplicaCount", "1", "many", []string{rulesSkipped, "spec.maxReplicaCount: must be of type integer"}},
		"triggers":         {scaledObject, "spec.triggers", "[{type: cpu, metadata: {value: '70'}}]", removed, []string{rulesSkipped, "spec.triggers: Required"}},
		"metadata is text": {scaledObject, "spec.triggers.0.metadata.listLength", "'1'", "1", []string{rulesSkipped, "spec.triggers[0].metadata.listLength: must be of type string"}},
		"field":            {scaledObject, "spec.minReplicas", removed, "1", []string{"spec.minReplicas: unknown field"}},
		"behaviour":        {scaledObject, "spec.advanced", "{horizontalPodAutoscalerConfig: {behavior: {scaleDown: {stabilizationWindowSeconds: 300}}}}", "{horizontalPodAutoscalerConfig: {behavior: {down: {}}}}", []string{"spec.advanced.horizontalPodAutoscalerConfig.behavior.down: unknown field"}},
		"identity":         {triggerAuthentication, "spec", "{podIdentity: {provider: aws}}", "{podIdentity: {provider: eks}}", []string{"spec.podIdentity.provider: Unsupported"}},
		"secret":           {triggerAuthentication, "spec.secretTargetRef.0.key", "a", removed, []string{"spec.secretTargetRef[0].key: Required"}},
	})
}

// Where make has not put the definitions, their objects are refused, and the way to mend it is told.
func TestMissingDefinitions(t *testing.T) {
	t.Chdir(t.TempDir())
	_, err := upstream("keda.sh_scaledobjects.yaml")()
	require.ErrorContains(t, err, "run this in the project")

	require.NoError(t, os.WriteFile("Pulumi.yaml", nil, 0o600))
	_, err = upstream("keda.sh_scaledobjects.yaml")()
	require.ErrorContains(t, err, "run make sandbox first")
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

// Every definition compiles and describes the kind the table says.
func TestDefinitionsInTheTable(t *testing.T) {
	for groupKind, read := range definitions {
		t.Run(groupKind.String(), func(t *testing.T) {
			text, err := read()
			require.NoError(t, err)
			var crd apiextensionsv1.CustomResourceDefinition
			require.NoError(t, yaml.UnmarshalStrict(text, &crd))
			assert.Equal(t, groupKind.Group, crd.Spec.Group)
			assert.Equal(t, groupKind.Kind, crd.Spec.Names.Kind)
			assert.Empty(t, validateDefinition(&crd))

			kind, err := parseDefinition(text)
			require.NoError(t, err)
			for version, compile := range kind.versions {
				assert.NotPanics(t, func() { compile() }, version)
			}
		})
	}
}

func TestBrokenDefinitionsAreErrors(t *testing.T) {
	_, err := parseDefinition([]byte("specs: {}"))
	assert.ErrorContains(t, err, "specs")

	for name, row := range map[string]struct{ schema, want string }{
		"none":           {"", "there is no schema"},
		"not structural": {"{type: object, properties: {spec: {}}}", "must not be empty"},
	} {
		t.Run(name, func(t *testing.T) {
			schema := &apiextensionsv1.CustomResourceValidation{}
			if row.schema != "" {
				require.NoError(t, yaml.Unmarshal([]byte(row.schema), &schema.OpenAPIV3Schema))
			}
			_, err := compileSchema(schema)
			assert.ErrorContains(t, err, row.want)
		})
	}
}

// A version that is not served is not known.
func TestOnlyServedVersionsAreKnown(t *testing.T) {
	kind, err := parseDefinition([]byte(`
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
spec:
  scope: Namespaced
  versions:
  - {name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object}}}
  - {name: v1alpha1, served: false, storage: false, schema: {openAPIV3Schema: {type: object}}}
`))
	require.NoError(t, err)
	assert.Contains(t, kind.versions, "v1")
	assert.NotContains(t, kind.versions, "v1alpha1")
	assert.True(t, kind.namespaced)
}

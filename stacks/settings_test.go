package stacks

import (
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"coffee-platform/internal/testkit"
)

const (
	digest      = "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
	deployerARN = "arn:aws:iam::333344445555:role/infrastructure"
)

// today is the day the tests are run on.
var today = time.Date(2026, time.November, 24, 12, 0, 0, 0, time.UTC)

// prodConfig is a valid configuration, as Pulumi hands it to a program.
func prodConfig() map[string]string {
	return map[string]string{
		"aws:region":                "us-east-1",
		"coffee-platform:tier":      "prod",
		"coffee-platform:accountId": "333344445555",
		"coffee-platform:cluster":   `{"admins": ["` + deployerARN + `"]}`,
		"coffee-platform:media":     `{"origins": ["https://app.example.com"]}`,
		"coffee-platform:images":    `{"registry": "444455556666.dkr.ecr.us-east-1.amazonaws.com", "backend": "` + digest + `", "render": "` + digest + `", "frontend": "` + digest + `"}`,
		"coffee-platform:edge":      `{"domain": "app.example.com", "zoneId": "Z0123456789ABCDEFGHIJ"}`,
	}
}

func sharedConfig() map[string]string {
	return map[string]string{
		"aws:region":                "us-east-1",
		"coffee-platform:kind":      "shared",
		"coffee-platform:accountId": "444455556666",
	}
}

// badConfigurations are refused before any resource, with everything in want.
var badConfigurations = []struct {
	name string
	// set are the keys that differ from a valid configuration; "" in place of a value leaves the key out.
	set  map[string]string
	want []string
}{
	// Keys.
	{"unknown key", map[string]string{"coffee-platform:networks": "{}x"}, []string{"networks: unknown key: did you mean network?"}},
	{"unknown nested key", map[string]string{"coffee-platform:network": `{"zone": []}`}, []string{"network.zone: unknown key: did you mean zones?"}},
	{"unknown key two levels down", map[string]string{"coffee-platform:nodePools": `{"general": {"cpu": 8}}`}, []string{"nodePools.general.cpu: unknown key: did you mean cpus?"}},
	{"key far from any", map[string]string{"coffee-platform:kubernetes": "x"}, []string{"kubernetes: unknown key: known keys are accountId, accountQuotas, api, backup, cluster, edge, frontend, images, logLevel, media, network, nodePools, postgres, redis, render, secrets, services, tags, tier, unprotected, workers"}},
	{"key in another case", map[string]string{"coffee-platform:Network": `{"nat": "none"}`}, []string{"Network: unknown key: did you mean network?"}},
	{"key of the other kind", map[string]string{"coffee-platform:registry": `{"keepImages": 20}`}, []string{"registry: unknown key"}},
	{"mistyped namespace", map[string]string{"cofee-platform:tier": "dev"}, []string{"cofee-platform:tier: is in no namespace this program reads: did you mean coffee-platform:tier?"}},
	{"AWS setting that is not read", map[string]string{"aws:profile": "prod"}, []string{"aws:profile: is not read"}},

	// Types.
	{"map for a list", map[string]string{"coffee-platform:network": `{"zones": {"a": 1}}`}, []string{"network.zones: is a map where a list is wanted"}},
	{"list for a map", map[string]string{"coffee-platform:network": `[]`}, []string{"network: is a list where settings are wanted: known keys are cidr"}},
	{"text for a map", map[string]string{"coffee-platform:network": `small`}, []string{`network: is the text "small" where settings are wanted`}},
	{"number for text", map[string]string{"coffee-platform:cluster": `{"version": 1.35}`}, []string{"cluster.version: is the number 1.35 where text is wanted: put it in quotes"}},
	{"text for a number", map[string]string{"coffee-platform:api": `{"minReplicas": "3"}`}, []string{`api.minReplicas: is the text "3" where a whole number is wanted, without quotes`}},
	{"fraction for a number", map[string]string{"coffee-platform:api": `{"minReplicas": 2.5}`}, []string{"api.minReplicas: is the number 2.5 where a whole number is wanted"}},
	{"text for a boolean", map[string]string{"coffee-platform:postgres": `{"multiAz": "yes"}`}, []string{`postgres.multiAz: is the text "yes" where true or false is wanted`}},
	{"empty value", map[string]string{"coffee-platform:network": `{"zones": null}`}, []string{"network.zones: is empty: give it a value, or remove the key to have the default"}},
	{"empty key", map[string]string{"coffee-platform:network": `null`}, []string{"network: is empty"}},
	{"number in a list of names", map[string]string{"coffee-platform:network": `{"zones": ["us-east-1a", "us-east-1b", 3]}`}, []string{"network.zones[2]: is the number 3 where text is wanted"}},
	{"number for a tag", map[string]string{"coffee-platform:tags": `{"cost-center": 42}`}, []string{"tags.cost-center: is the number 42 where text is wanted"}},

	// Account.
	{"no region", map[string]string{"aws:region": ""}, []string{`aws:region: "" is not an AWS region: set it to one like us-east-1`}},
	{"zone for a region", map[string]string{"aws:region": "us-east-1a"}, []string{"aws:region: "}},
	{"no account", map[string]string{"coffee-platform:accountId": ""}, []string{`accountId: "" is not an AWS account id: write its twelve digits, in quotes`}},
	{"short account", map[string]string{"coffee-platform:accountId": "33334444555"}, []string{"accountId: "}},
	{"reserved tag", map[string]string{"coffee-platform:tags": `{"aws:cost": "x"}`}, []string{"tags.aws:cost: keys that start with aws: are taken"}},
	{"own tag", map[string]string{"coffee-platform:tags": `{"coffee:stack": "x"}`}, []string{"tags.coffee:stack: keys that start with coffee: are taken"}},

	// Kind and tier.
	{"unknown kind", map[string]string{"coffee-platform:kind": "layer"}, []string{`kind: "layer" is not a kind of stack: use environment or shared`}},
	{"no tier", map[string]string{"coffee-platform:tier": ""}, []string{`tier: "" is not a tier: use dev, staging or prod`}},
	{"unknown tier", map[string]string{"coffee-platform:tier": "production"}, []string{`tier: "production" is not a tier`}},

	// Network.
	{"no block", map[string]string{"coffee-platform:network": `{"cidr": "10.0.0.0"}`}, []string{"network.cidr: "}},
	{"block too small", map[string]string{"coffee-platform:network": `{"cidr": "10.0.0.0/24"}`}, []string{"network.cidr: /24 is outside /16 to /20"}},
	{"block too large", map[string]string{"coffee-platform:network": `{"cidr": "10.0.0.0/8"}`}, []string{"network.cidr: /8 is outside"}},
	{"public block", map[string]string{"coffee-platform:network": `{"cidr": "52.0.0.0/16"}`}, []string{"network.cidr: 52.0.0.0/16 is not a private network"}},
	{"block with host bits", map[string]string{"coffee-platform:network": `{"cidr": "10.30.1.0/16"}`}, []string{"did you mean 10.30.0.0/16?"}},
	{"two zones in prod", map[string]string{"coffee-platform:network": `{"zones": ["us-east-1a", "us-east-1b"]}`}, []string{"network.zones: 2 zones: prod requires 3"}},
	{"four zones", map[string]string{"coffee-platform:network": `{"zones": ["us-east-1a", "us-east-1b", "us-east-1c", "us-east-1d"]}`}, []string{"network.zones: has 4"}},
	{"zone of another region", map[string]string{"coffee-platform:network": `{"zones": ["us-east-1a", "us-east-1b", "us-west-2c"]}`}, []string{"network.zones[2]: us-west-2c is not in region us-east-1"}},
	{"zone twice", map[string]string{"coffee-platform:network": `{"zones": ["us-east-1a", "us-east-1b", "us-east-1a"]}`}, []string{"network.zones[2]: us-east-1a is named twice"}},
	{"unknown NAT mode", map[string]string{"coffee-platform:network": `{"nat": "per-zone"}`}, []string{`network.nat: "per-zone" is not a NAT mode: use none, single or perZone`}},
	{"no NAT", map[string]string{"coffee-platform:network": `{"nat": "none"}`}, []string{"network.nat: none leaves nodes without a way to pull images"}},
	{"single NAT in prod", map[string]string{"coffee-platform:network": `{"nat": "single"}`}, []string{"network.nat: single: prod requires perZone"}},
	{"odd retention", map[string]string{"coffee-platform:network": `{"flowLogRetentionDays": 45}`}, []string{"network.flowLogRetentionDays: "}},

	// Cluster.
	{"version out of support", map[string]string{"coffee-platform:cluster": `{"version": "1.30"}`}, []string{`cluster.version: "1.30" is not in EKS standard support`}},
	{"version to come", map[string]string{"coffee-platform:cluster": `{"version": "1.99"}`}, []string{"cluster.version: "}},
	{"API open to all", map[string]string{"coffee-platform:cluster": `{"publicAccessCidrs": ["0.0.0.0/0"]}`}, []string{"cluster.publicAccessCidrs[0]: 0.0.0.0/0 opens the Kubernetes API to the internet"}},
	{"API open to a network in prod", map[string]string{"coffee-platform:cluster": `{"publicAccessCidrs": ["203.0.113.0/24"]}`}, []string{"cluster.publicAccessCidrs[0]: 203.0.113.0/24: prod's endpoint is private"}},
	{"API open to a private network", map[string]string{"coffee-platform:cluster": `{"publicAccessCidrs": ["10.1.2.3/32"]}`}, []string{"is a private network, which never reaches a public endpoint"}},
	{"nobody is let in", map[string]string{"coffee-platform:cluster": `{"version": "1.35"}`}, []string{"cluster.admins: is empty: name the IAM role that deploys"}},
	{"admin that is no role", map[string]string{"coffee-platform:cluster": `{"admins": ["alice"]}`}, []string{`cluster.admins[0]: "alice" is not the ARN of an IAM role`}},
	{"unknown log", map[string]string{"coffee-platform:cluster": `{"logTypes": ["all"]}`}, []string{`cluster.logTypes[0]: "all" is not a control-plane log`}},
	{"pool of nothing", map[string]string{"coffee-platform:nodePools": `{"general": {"maxCpu": 0}}`}, []string{"nodePools.general.maxCpu: 0 vCPUs cannot hold one node of 8"}},
	{"render pool of another size", map[string]string{"coffee-platform:nodePools": `{"render": {"cpus": [12]}}`}, []string{"nodePools.render.cpus: no instance has 12 vCPUs"}},
	{"render pool without families", map[string]string{"coffee-platform:nodePools": `{"render": {"families": []}}`}, []string{"nodePools.render.families: is empty"}},
	{"render disk too small", map[string]string{"coffee-platform:nodePools": `{"render": {"diskGiB": 8}}`}, []string{"nodePools.render.diskGiB: 8 is outside"}},
	{"pool that never drains", map[string]string{"coffee-platform:nodePools": `{"general": {"drainMinutes": 0}}`}, []string{"nodePools.general.drainMinutes: "}},

	{"no GPUs below none", map[string]string{"coffee-platform:nodePools": `{"gpu": {"maxGpus": -1}}`}, []string{"nodePools.gpu.maxGpus: -1 is negative"}},
	{"whole name of an endpoint", map[string]string{"coffee-platform:network": `{"interfaceEndpoints": ["com.amazonaws.us-east-1.STS"]}`}, []string{"network.interfaceEndpoints[0]: "}},
	{"half of ECR's endpoints", map[string]string{"coffee-platform:network": `{"interfaceEndpoints": ["ecr.api"]}`}, []string{"network.interfaceEndpoints: ecr.api without ecr.dkr pulls no image"}},

	// Protection.
	{"unprotected stranger", map[string]string{"coffee-platform:unprotected": `["database"]`}, []string{`unprotected[0]: "database" keeps no data: use some of network, cluster, postgres`}},
	{"unprotected by a word", map[string]string{"coffee-platform:unprotected": `all`}, []string{`unprotected: is the text "all" where a list is wanted`}},

	// Backups.
	{"backups for ever", map[string]string{"coffee-platform:backup": `{"retentionDays": 400}`}, []string{"backup.retentionDays: 400 is outside 1 to 35 days"}},
	{"no copies in prod", map[string]string{"coffee-platform:backup": `{"copyRegion": "", "copyRetentionDays": 0}`}, []string{"backup.copyRegion: is empty: prod requires copies in another region"}},
	{"copies beside the originals", map[string]string{"coffee-platform:backup": `{"copyRegion": "us-east-1"}`}, []string{"backup.copyRegion: us-east-1 is where everything is already"}},
	{"locked longer than kept", map[string]string{"coffee-platform:backup": `{"lockDays": 60}`}, []string{"backup.lockDays: "}},

	// Secrets.
	{"epoch of a secret", map[string]string{"coffee-platform:secrets": `{"jwt": {"epoch": "november"}}`}, []string{`secrets.jwt.epoch: "november" is not a day`}},
	{"previous after current", map[string]string{"coffee-platform:secrets": `{"database": {"epoch": "2026-11-01", "previousEpoch": "2026-12-01"}}`}, []string{"secrets.database.previousEpoch: 2026-12-01 is not before epoch 2026-11-01"}},
	{"previous is current", map[string]string{"coffee-platform:secrets": `{"jwt": {"previousEpoch": "2026-11-01"}}`}, []string{"secrets.jwt.previousEpoch: 2026-11-01 is not before epoch 2026-11-01"}},

	// Database.
	{"logs for ever", map[string]string{"coffee-platform:postgres": `{"logRetentionDays": 0}`}, []string{"postgres.logRetentionDays: "}},
	{"no backups in prod", map[string]string{"coffee-platform:postgres": `{"backupRetentionDays": 0}`}, []string{"postgres.backupRetentionDays: 0 is below the 7 days prod requires"}},
	{"few backups in prod", map[string]string{"coffee-platform:postgres": `{"backupRetentionDays": 6}`}, []string{"postgres.backupRetentionDays: 6 is below the 7 days prod requires"}},
	{"too many backups", map[string]string{"coffee-platform:postgres": `{"backupRetentionDays": 90}`}, []string{"postgres.backupRetentionDays: 90 is outside 0 to 35 days"}},
	{"single zone in prod", map[string]string{"coffee-platform:postgres": `{"multiAz": false}`}, []string{"postgres.multiAz: false: prod requires true"}},
	{"unknown class", map[string]string{"coffee-platform:postgres": `{"instanceClass": "db.medium"}`}, []string{"postgres.instanceClass: "}},
	{"unknown version", map[string]string{"coffee-platform:postgres": `{"version": "9"}`}, []string{`postgres.version: "9" is not a supported major version`}},
	{"absurd storage", map[string]string{"coffee-platform:postgres": `{"storageGiB": 1000000}`}, []string{"postgres.storageGiB: 1000000 is outside"}},
	{"storage that cannot grow", map[string]string{"coffee-platform:postgres": `{"storageGiB": 500}`}, []string{"postgres.maxStorageGiB: 500 leaves 500 GiB no room to grow"}},
	{"bad database name", map[string]string{"coffee-platform:postgres": `{"databaseName": "my-db"}`}, []string{"postgres.databaseName: "}},

	// Broker and bucket.
	{"unknown engine", map[string]string{"coffee-platform:redis": `{"engine": "memcached"}`}, []string{`redis.engine: "memcached" is not a supported engine`}},
	{"broker in one zone in prod", map[string]string{"coffee-platform:redis": `{"multiAz": false}`}, []string{"redis.multiAz: false: prod requires true"}},
	{"failover to nothing", map[string]string{"coffee-platform:redis": `{"nodes": 1}`}, []string{"redis.nodes: 1 leaves nothing to fail over to"}},
	{"no snapshots in prod", map[string]string{"coffee-platform:redis": `{"snapshotRetentionDays": 0}`}, []string{"redis.snapshotRetentionDays: 0: prod requires at least 1"}},
	{"epoch that is no day", map[string]string{"coffee-platform:redis": `{"authTokenEpoch": "soon"}`}, []string{`redis.authTokenEpoch: "soon" is not a day`}},
	{"no origins", map[string]string{"coffee-platform:media": `{}`, "coffee-platform:edge": `{}`}, []string{"media.origins: is empty"}},
	{"any origin", map[string]string{"coffee-platform:media": `{"origins": ["*"]}`}, []string{`media.origins[0]: "*" is not an origin`}},
	{"origin without TLS", map[string]string{"coffee-platform:media": `{"origins": ["http://app.example.com"]}`}, []string{"media.origins[0]: "}},

	// Product.
	{"tag for a digest", map[string]string{"coffee-platform:images": `{"registry": "444455556666.dkr.ecr.us-east-1.amazonaws.com", "backend": "latest"}`}, []string{`images.backend: "latest" is not a digest`}},
	{"digest without registry", map[string]string{"coffee-platform:images": `{"backend": "` + digest + `"}`}, []string{"images.registry: is missing"}},
	{"registry of strangers", map[string]string{"coffee-platform:images": `{"registry": "docker.io/library", "backend": "` + digest + `"}`}, []string{`images.registry: "docker.io/library" is not an ECR registry`}},
	{"one replica in prod", map[string]string{"coffee-platform:api": `{"minReplicas": 1}`}, []string{"api.minReplicas: 1: prod requires at least 2"}},
	{"no memory", map[string]string{"coffee-platform:api": `{"resources": {"memory": "0"}}`}, []string{"api.resources.memory: "}},
	{"best effort", map[string]string{"coffee-platform:api": `{"class": "bestEffort"}`}, []string{"api.class: "}},
	{"limit below request", map[string]string{"coffee-platform:api": `{"class": "burstable", "resources": {"memoryLimit": "512Mi"}}`}, []string{"api.resources.memoryLimit: 512Mi is below memory 1Gi"}},
	{"most below least", map[string]string{"coffee-platform:api": `{"maxReplicas": 2}`}, []string{"api.maxReplicas: 2 is below the 3"}},
	{"CPU above all there is", map[string]string{"coffee-platform:api": `{"cpuPercent": 150}`}, []string{"api.cpuPercent: 150 is outside 1 to 100"}},
	{"migrations of nothing", map[string]string{"coffee-platform:images": `{"registry": "444455556666.dkr.ecr.us-east-1.amazonaws.com", "migrations": "` + digest + `"}`}, []string{"images.migrations: is set without backend"}},
	{"unknown level", map[string]string{"coffee-platform:logLevel": "loud"}, []string{`logLevel: "loud" is not a level: use one of debug, info, warning, error`}},

	// Workers and renders.
	{"module that is no module", map[string]string{"coffee-platform:workers": `{"module": "app worker"}`}, []string{`workers.module: "app worker" is not a Python module`}},
	{"queue of half a pod", map[string]string{"coffee-platform:workers": `{"queues": {"transcription": {"minReplicas": 0}}}`}, []string{"workers.queues.transcription.minReplicas: 0 leaves delayed"}},
	{"queue without a bound", map[string]string{"coffee-platform:workers": `{"queues": {"transcription": {"maxReplicas": 0}}}`}, []string{"workers.queues.transcription.maxReplicas: 0 runs nothing"}},
	{"new queue that says too little", map[string]string{"coffee-platform:workers": `{"queues": {"thumbnails": {"threads": 2}}}`},
		[]string{"workers.queues.thumbnails.processes: 0 runs nothing", "workers.queues.thumbnails.resources.memory: ", "workers.queues.thumbnails.scratch: "}},
	{"queue of renders among the others", map[string]string{"coffee-platform:workers": `{"queues": {"render": {"processes": 1, "threads": 1, "longestTaskMinutes": 10, "minReplicas": 1, "maxReplicas": 1,
		"resources": {"cpu": "1", "memory": "1Gi", "memoryLimit": "1Gi"}, "scratch": "1Gi"}}}`}, []string{"workers.queues.render: is the queue of renders"}},
	{"task longer than its node", map[string]string{"coffee-platform:workers": `{"queues": {"transcription": {"longestTaskMinutes": 60}}}`},
		[]string{"workers.queues.transcription.longestTaskMinutes: a pod may take 3670 seconds to stop, and a node of nodePools.general is drained for 3600"}},
	{"render longer than its node", map[string]string{"coffee-platform:render": `{"longestRenderMinutes": 60}`},
		[]string{"render.longestRenderMinutes: a pod may take ", "and a node of nodePools.render is drained for 3600"}},
	{"renders nobody shares", map[string]string{"coffee-platform:render": `{"consumers": 3}`}, []string{"render.consumers: 3 do not share 28 renders equally"}},
	{"unknown profile", map[string]string{"coffee-platform:render": `{"profile": "8k"}`}, []string{`render.profile: "8k" is not a profile`}},

	// Services.
	{"service that takes a part's name", map[string]string{"coffee-platform:services": `{"api": {}}`}, []string{"services.api: is a part of the product already"}},
	{"service that calls nobody known", map[string]string{"coffee-platform:services": `{"thumbnails": {"calls": ["mongo"], "calledBy": ["internet"]}}`},
		[]string{`services.thumbnails.calls[0]: "mongo" is nobody it could be`, `services.thumbnails.calledBy[0]: "internet" is nobody`, "services.thumbnails.digest: ", "services.thumbnails.repository: ", "services.thumbnails.port: "}},
	{"service with a database it does not count", map[string]string{"coffee-platform:services": `{"thumbnails": {"calls": ["postgres"]}}`}, []string{"services.thumbnails.connections: 0: what calls postgres says"}},

	// Edge.
	{"domain without a zone", map[string]string{"coffee-platform:edge": `{"domain": "app.example.com", "zoneId": "example.com"}`}, []string{`edge.zoneId: "example.com" is not the id`}},
	{"address for a domain", map[string]string{"coffee-platform:edge": `{"domain": "https://app.example.com"}`}, []string{"edge.domain: "}},
	{"body without a limit", map[string]string{"coffee-platform:edge": `{"maxBodyKiB": 0}`}, []string{"edge.maxBodyKiB: 0 is outside"}},

	// What does not fit.
	{"VPC over the cluster's own addresses", map[string]string{"coffee-platform:network": `{"cidr": "172.20.0.0/16"}`}, []string{"network.cidr: 172.20.0.0/16 meets 172.20.0.0/16"}},
	{"more connections than the database has", map[string]string{"coffee-platform:api": `{"poolSize": 60}`}, []string{"postgres.instanceClass: ", "api ", "db.t4g.medium has "}},
	{"more renders than the pool has nodes for", map[string]string{"coffee-platform:render": `{"maxReplicas": 60, "consumers": 2}`}, []string{"nodePools.render"}},
	{"more nodes than the account may have", map[string]string{"coffee-platform:accountQuotas": `{"standardVcpus": 40}`}, []string{"accountQuotas.standardVcpus: "}},
	{"more pods than the VPC has addresses", map[string]string{"coffee-platform:network": `{"cidr": "10.30.0.0/20"}`}, []string{"network.cidr: a private subnet"}},
	{"quota below nothing", map[string]string{"coffee-platform:accountQuotas": `{"gpuVcpus": -1}`}, []string{"accountQuotas.gpuVcpus: -1 is negative"}},

	{"everything at once", map[string]string{
		"aws:region": "", "coffee-platform:network": `{"cidr": "x", "nat": 3}`, "coffee-platform:postgres": `{"version": 16}`, "coffee-platform:api": `{"minReplicas": 0}`,
	}, []string{"aws:region: ", "network.cidr: ", "network.nat: ", "postgres.version: ", "api.minReplicas: "}},
}

// Prod's endpoint opens to one address, until a day soon, and closes by itself at the next deployment.
func TestOpeningOfProdsEndpoint(t *testing.T) {
	for _, c := range []struct {
		name, cluster, want string
	}{
		{"closed", `{"version": "1.35"}`, ""},
		{"open", `{"publicAccessCidrs": ["203.0.113.7/32"], "publicAccessUntil": "2026-12-08"}`, ""},
		{"open today", `{"publicAccessCidrs": ["203.0.113.7/32"], "publicAccessUntil": "2026-11-24"}`, ""},
		{"closed again", `{"publicAccessUntil": "2026-11-01"}`, ""},
		{"open for ever", `{"publicAccessCidrs": ["203.0.113.7/32"]}`, `cluster.publicAccessUntil: "" is not a day: write until when prod's endpoint is open`},
		{"open too long", `{"publicAccessCidrs": ["203.0.113.7/32"], "publicAccessUntil": "2026-12-09"}`, "2026-12-09 is more than 14 days away"},
		{"over", `{"publicAccessCidrs": ["203.0.113.7/32"], "publicAccessUntil": "2026-11-22"}`, "2026-11-22 is over: remove publicAccessCidrs"},
		{"to a network", `{"publicAccessCidrs": ["203.0.113.0/31"], "publicAccessUntil": "2026-12-01"}`, "to one address, a /32"},
	} {
		t.Run(c.name, func(t *testing.T) {
			config := prodConfig()
			config["coffee-platform:cluster"] = `{"admins": ["` + deployerARN + `"], ` + c.cluster[1:]
			_, err := load("prod", config, today)
			if c.want == "" {
				assert.NoError(t, err)
			} else {
				assert.ErrorContains(t, err, c.want)
			}
			config["coffee-platform:tier"] = "dev"
			if c.name != "to a network" {
				_, err = load("dev", config, today)
				assert.NoError(t, err, "dev's endpoint may stay open to who is named")
			}
		})
	}
}

func TestADayIsADayInEveryTier(t *testing.T) {
	for _, tier := range []string{"dev", "staging", "prod"} {
		config := prodConfig()
		config["coffee-platform:tier"] = tier
		config["coffee-platform:cluster"] = `{"admins": ["` + deployerARN + `"], "publicAccessUntil": "tomorrow"}`
		_, err := load(tier, config, today)
		assert.ErrorContains(t, err, `cluster.publicAccessUntil: "tomorrow" is not a day`, tier)
	}
}

// Everything that keeps data is protected in every tier, until its name is on the list.
func TestUnprotected(t *testing.T) {
	for _, tier := range []Tier{Dev, Staging, Prod} {
		e := defaultEnvironment(tier, "us-east-1")
		for _, name := range StatefulComponents {
			assert.True(t, e.protects(name), "%s in %s", name, tier)
		}
		e.Unprotected = []string{"redis"}
		assert.False(t, e.redisArgs().Protect)
		assert.True(t, e.postgresArgs().Protect)
	}
}

func TestBadConfigurationsAreRefusedBeforeAnyResource(t *testing.T) {
	for _, c := range badConfigurations {
		t.Run(c.name, func(t *testing.T) {
			config := prodConfig()
			for key, value := range c.set {
				config[key] = value
				if value == "" {
					delete(config, key)
				}
			}
			err := testkit.Refused(t, Program(config))
			for _, want := range c.want {
				assert.ErrorContains(t, err, want)
			}
			assert.ErrorContains(t, err, "Nothing was created.")
		})
	}
}

// A wrong value must not bring problems along that are not there.
func TestOnlyWhatIsWrongIsReported(t *testing.T) {
	config := prodConfig()
	config["coffee-platform:cluster"] = `{"admins": ["` + deployerARN + `"], "version": 1.35}`
	err := testkit.Refused(t, Program(config))
	assert.ErrorContains(t, err, "1 problem:")
}

func TestBadSharedConfigurations(t *testing.T) {
	for want, registry := range map[string]string{
		"registry.repositories: is empty":                          `{"repositories": []}`,
		"registry.repositories: cpv3-backend is missing":           `{"repositories": ["other"]}`,
		"registry.keepImages: 1 leaves too little to roll back to": `{"keepImages": 1}`,
		`registry.repositories[0]: "A" is not a repository name`:   `{"repositories": ["A", "cpv3-backend"]}`,
	} {
		config := sharedConfig()
		config["coffee-platform:registry"] = registry
		assert.ErrorContains(t, testkit.Refused(t, Program(config)), want)
	}
	for want, ci := range map[string]string{
		`ci.publishers[0].repository: "backend" is not a GitHub repository`: `{"publishers": [{"repository": "backend", "branch": "main"}]}`,
		"ci.publishers[0].branches: unknown key: did you mean branch?":      `{"publishers": [{"repository": "acme/backend", "branches": "main"}]}`,
		"ci.publishers: is the text":                                        `{"publishers": "acme/backend"}`,
	} {
		config := sharedConfig()
		config["coffee-platform:ci"] = ci
		assert.ErrorContains(t, testkit.Refused(t, Program(config)), want)
	}
	config := sharedConfig()
	config["coffee-platform:network"] = `{"nat": "none"}`
	assert.ErrorContains(t, testkit.Refused(t, Program(config)), "network: unknown key")
}

// Pulumi hands a program every key that Pulumi.yaml declares, with its empty default.
func TestKeysNobodySetAreNotThere(t *testing.T) {
	config := sharedConfig()
	for _, key := range []string{"network", "cluster", "postgres", "redis", "media", "images", "api", "tags", "registry"} {
		config["coffee-platform:"+key] = "{}"
	}
	config["coffee-platform:tier"] = ""
	loaded, err := load("shared", config, today)
	require.NoError(t, err)
	require.NotNil(t, loaded.shared)
	assert.Equal(t, 150, loaded.shared.Registry.KeepImages)
}

// A stack file says only what differs; all else is the tier's.
func TestSettingsOverlayTheDefaultsOfTheTier(t *testing.T) {
	config := prodConfig()
	config["coffee-platform:postgres"] = `{"instanceClass": "db.r7g.large"}`
	loaded, err := load("prod", config, today)
	require.NoError(t, err)
	want := defaultEnvironment(Prod, "us-east-1").Postgres
	want.InstanceClass = "db.r7g.large"
	assert.Equal(t, want, loaded.environment.Postgres)
}

func TestDefaultsOfEveryTierAreValid(t *testing.T) {
	for _, tier := range []Tier{Dev, Staging, Prod} {
		config := prodConfig()
		config["coffee-platform:tier"] = string(tier)
		loaded, err := load(string(tier), config, today)
		require.NoError(t, err, tier)
		assert.Equal(t, tier, loaded.environment.Tier)
	}
}

func TestTiersDifferInWhatTheyProtect(t *testing.T) {
	prod, dev := defaultEnvironment(Prod, "us-east-1"), defaultEnvironment(Dev, "us-east-1")
	assert.True(t, prod.Postgres.DeletionProtection && prod.Cluster.DeletionProtection && prod.Postgres.MultiAZ)
	assert.False(t, dev.Postgres.DeletionProtection || dev.Cluster.DeletionProtection)
	assert.Len(t, prod.Network.Zones, 3)
	assert.Equal(t, "guaranteed", prod.API.Class)
}

// Whatever is in a configuration, loading it ends with settings or an error.
func FuzzLoad(f *testing.F) {
	for _, c := range badConfigurations {
		for key, value := range c.set {
			f.Add(key, value)
		}
	}
	f.Fuzz(func(t *testing.T, key, value string) {
		config := maps.Clone(prodConfig())
		config[key] = value
		loaded, err := load("prod", config, today)
		if err == nil {
			require.True(t, (loaded.environment == nil) != (loaded.shared == nil))
			return
		}
		require.Contains(t, err.Error(), "Nothing was created.")
		require.False(t, strings.Contains(err.Error(), "%!"), "a message with a broken format: %v", err)
	})
}

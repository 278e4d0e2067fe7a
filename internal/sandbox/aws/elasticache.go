package aws

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/blang/semver"
	"github.com/pulumi/pulumi-aws/sdk/v7/go/aws/elasticache"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"

	"coffee-platform/internal/sandbox/cloud"
	"coffee-platform/internal/sandbox/sdkschema"
)

const (
	tokenCacheSubnetGroup    = "aws:elasticache/subnetGroup:SubnetGroup"
	tokenCacheParameterGroup = "aws:elasticache/parameterGroup:ParameterGroup"
	tokenReplicationGroup    = "aws:elasticache/replicationGroup:ReplicationGroup"
)

var (
	// https://docs.aws.amazon.com/AmazonElastiCache/latest/APIReference/API_CreateReplicationGroup.html
	replicationGroupID = regexp.MustCompile(`^[a-z][a-z0-9]*(-[a-z0-9]+)*$`)
	// https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/CacheNodes.SupportedTypes.html
	cacheNodeType = regexp.MustCompile(`^cache\.[a-z]\d[a-z]*\.(micro|small|medium|large|\d*xlarge)$`)
	// https://docs.aws.amazon.com/AmazonElastiCache/latest/APIReference/API_CreateCacheSubnetGroup.html
	cacheSubnetGroupName = regexp.MustCompile(`^[a-z0-9-]{1,255}$`)
	// https://docs.aws.amazon.com/AmazonElastiCache/latest/APIReference/API_CreateCacheParameterGroup.html
	cacheParameterGroupName = regexp.MustCompile(`^[a-z][a-z0-9]*(-[a-z0-9]+)*$`)
	// https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/auth.html
	authToken = regexp.MustCompile(`^[A-Za-z0-9!&#$^<>-]{16,128}$`)
	// The formats of both windows are in API_CreateReplicationGroup.html.
	snapshotWindow    = regexp.MustCompile(`^([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-3]):[0-5]\d$`)
	maintenanceWindow = regexp.MustCompile(`^(mon|tue|wed|thu|fri|sat|sun):([01]\d|2[0-3]):[0-5]\d-(mon|tue|wed|thu|fri|sat|sun):([01]\d|2[0-3]):[0-5]\d$`)
)

// maxReplicationGroupID is the longest id of a replication group (API_CreateReplicationGroup.html).
const maxReplicationGroupID = 40

// cacheFamilies are the parameter group families by engine and version
// (https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/supported-engine-versions.html). From version 7
// on, the provider takes a major and minor version only.
var cacheFamilies = map[string]map[string]string{
	"redis":  {"6.2": "redis6.x", "7.0": "redis7", "7.1": "redis7"},
	"valkey": {"7.2": "valkey7", "8.0": "valkey8", "8.1": "valkey8", "8.2": "valkey8"},
}

// maxmemoryPolicies are the values of the parameter that says what goes when memory is full
// (https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/ParameterGroups.Engine.html).
var maxmemoryPolicies = []any{
	"volatile-lru", "allkeys-lru", "volatile-lfu", "allkeys-lfu", "volatile-random", "allkeys-random", "volatile-ttl", "noeviction",
}

var elasticacheTypes = map[string]entry{
	tokenCacheSubnetGroup: {
		schema:     sdkschema.Of(elasticache.SubnetGroupArgs{}, elasticache.SubnetGroup{}),
		autoName:   "name",
		replace:    []string{"name"},
		unique:     []string{"name"},
		references: []reference{{input: "subnetIds", typ: tokenSubnet, property: "id", holds: true}},
		check: func(c *checker) {
			c.matches("name", cacheSubnetGroupName, "a cache subnet group name")
			if subnets, ok := c.value("subnetIds"); !ok {
				if _, given := c.inputs["subnetIds"]; !given {
					c.fail("subnetIds", "is required")
				}
			} else if subnets.IsArray() && len(subnets.ArrayValue()) == 0 {
				c.fail("subnetIds", "InvalidParameterValue: a group has at least one subnet")
			}
		},
		compute: func(c *creation) {
			c.set("arn", c.arn("elasticache", "subnetgroup:%s", c.id))
			c.setDefault("description", "Managed by Pulumi")
			c.set("vpcId", c.vpcOf("subnetIds"))
		},
		// CreateCacheSubnetGroup, ModifyCacheSubnetGroup.
		refusals: []refusal{
			{[]string{"subnetIds"}, func(c *creation) error { return c.outsideVPC("subnetIds") }},
		},
		inUse: "CacheSubnetGroupInUse",
	},
	tokenCacheParameterGroup: {
		schema:   sdkschema.Of(elasticache.ParameterGroupArgs{}, elasticache.ParameterGroup{}),
		autoName: "name",
		replace:  []string{"name", "family", "description"},
		unique:   []string{"name"},
		check: func(c *checker) {
			c.matches("name", cacheParameterGroupName, "a cache parameter group name")
			c.oneOf("family", "redis6.x", "redis7", "valkey7", "valkey8")
			for _, p := range c.list("parameters") {
				if p["name"] == "maxmemory-policy" && !slices.Contains(maxmemoryPolicies, p["value"]) {
					c.fail("parameters", "InvalidParameterValue: %v is no value of maxmemory-policy: use one of %v", p["value"], maxmemoryPolicies)
				}
			}
		},
		compute: func(c *creation) {
			c.set("arn", c.arn("elasticache", "parametergroup:%s", c.id))
			c.setDefault("description", "Managed by Pulumi")
		},
		inUse: "InvalidCacheParameterGroupState",
	},
	tokenReplicationGroup: {
		schema:   sdkschema.Of(elasticache.ReplicationGroupArgs{}, elasticache.ReplicationGroup{}),
		autoName: "replicationGroupId",
		replace: []string{
			"replicationGroupId", "atRestEncryptionEnabled", "kmsKeyId", "port", "subnetGroupName", "networkType",
			"dataTieringEnabled", "globalReplicationGroupId", "securityGroupNames", "snapshotArns", "snapshotName",
		},
		replaceWhen: replaceReplicationGroup,
		unique:      []string{"replicationGroupId"},
		references: []reference{
			{input: "subnetGroupName", typ: tokenCacheSubnetGroup, property: "name", holds: true},
			{input: "parameterGroupName", typ: tokenCacheParameterGroup, property: "name", holds: true},
			{input: "securityGroupIds", typ: tokenSecurityGroup, property: "id", holds: true},
			{input: "kmsKeyId", typ: tokenKey, property: "arn"},
			{input: "logDeliveryConfigurations.destination", typ: tokenLogGroup, property: "name"},
		},
		check:   (*checker).checkReplicationGroup,
		compute: (*creation).computeReplicationGroup,
		derive:  (*creation).deriveReplicationGroup,
		refusals: []refusal{
			{[]string{"engine", "engineVersion", "parameterGroupName"}, (*creation).misfitCacheParameters},
			{[]string{"multiAzEnabled", "subnetGroupName"}, (*creation).tooFewCacheZones},
		},
		refuseUpdate: refuseAuthChange,
	},
}

// checkReplicationGroup follows API_CreateReplicationGroup.html and what the provider itself checks.
func (c *checker) checkReplicationGroup() {
	c.matches("replicationGroupId", replicationGroupID, "a replication group id: letters, digits and single hyphens, starting with a letter")
	if id, ok := c.text("replicationGroupId"); ok && len(id) > maxReplicationGroupID {
		c.fail("replicationGroupId", "%q is %d characters long: AWS takes at most %d", id, len(id), maxReplicationGroupID)
	}
	c.matches("nodeType", cacheNodeType, "a cache node type")
	c.oneOf("engine", "redis", "valkey")
	c.oneOf("clusterMode", "enabled", "disabled", "compatible")
	c.oneOf("transitEncryptionMode", "preferred", "required")
	c.oneOf("authTokenUpdateStrategy", "SET", "ROTATE", "DELETE")
	c.oneOf("networkType", "ipv4", "ipv6", "dual_stack")
	c.oneOf("ipDiscovery", "ipv4", "ipv6")
	c.between("port", 1, 65535)
	c.between("numCacheClusters", 1, 6)
	c.between("snapshotRetentionLimit", 0, 35)
	c.matches("snapshotWindow", snapshotWindow, "a daily window such as 03:00-04:00")
	c.matches("maintenanceWindow", maintenanceWindow, "a weekly window such as sun:05:00-sun:06:00")
	c.checkCacheVersion()
	c.checkCacheTopology()
	c.checkCacheEncryption()
	c.checkLogDelivery()
}

func (c *checker) checkCacheVersion() {
	engine, ok := c.text("engine")
	if _, given := c.inputs["engine"]; !given {
		engine, ok = "redis", true
	}
	version, known := c.text("engineVersion")
	if versions := cacheFamilies[engine]; ok && known && versions != nil && versions[version] == "" {
		c.fail("engineVersion", "InvalidParameterCombination: cannot find version %s for %s", version, engine)
	}
}

func (c *checker) checkCacheTopology() {
	if _, given := c.inputs["nodeType"]; !given {
		c.fail("nodeType", "is required unless globalReplicationGroupId is set")
	}
	if _, given := c.inputs["numNodeGroups"]; given {
		if _, both := c.inputs["numCacheClusters"]; both {
			c.fail("numNodeGroups", "conflicts with numCacheClusters")
		}
	}
	nodes, known := c.number("numCacheClusters")
	if _, given := c.inputs["numCacheClusters"]; !given {
		nodes, known = 1, true
	}
	if _, sharded := c.inputs["numNodeGroups"]; !sharded && known && nodes < 2 && c.is("automaticFailoverEnabled") {
		c.fail("automaticFailoverEnabled", "InvalidParameterValue: must have at least 2 nodes, and there is %d", nodes)
	}
	if c.is("multiAzEnabled") && c.isOff("automaticFailoverEnabled") {
		c.fail("multiAzEnabled", "InvalidParameterCombination: automaticFailoverEnabled must be true")
	}
}

func (c *checker) checkCacheEncryption() {
	if token, ok := c.text("authToken"); ok && !authToken.MatchString(token) {
		c.fail("authToken", "is not 16 to 128 letters, digits and !&#$^<>-") // and is not repeated here
	}
	if _, given := c.inputs["authToken"]; given {
		if c.isOff("transitEncryptionEnabled") {
			c.fail("authToken", "InvalidParameterCombination: transitEncryptionEnabled must be true")
		}
		if _, both := c.inputs["userGroupIds"]; both {
			c.fail("userGroupIds", "conflicts with authToken")
		}
		if _, strategy := c.inputs["authTokenUpdateStrategy"]; !strategy {
			c.fail("authTokenUpdateStrategy", "is required with authToken")
		}
	} else if strategy, ok := c.text("authTokenUpdateStrategy"); ok && strategy != "DELETE" {
		c.fail("authTokenUpdateStrategy", "%s needs an authToken", strategy)
	}
	if _, given := c.inputs["transitEncryptionMode"]; given && c.isOff("transitEncryptionEnabled") {
		c.fail("transitEncryptionMode", "InvalidParameterCombination: transitEncryptionEnabled must be true")
	}
	if _, given := c.inputs["kmsKeyId"]; given && c.isOff("atRestEncryptionEnabled") {
		c.fail("kmsKeyId", "InvalidParameterCombination: atRestEncryptionEnabled must be true")
	}
}

// checkLogDelivery follows https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/Log_Delivery.html.
func (c *checker) checkLogDelivery() {
	seen := map[any]bool{}
	for _, d := range c.list("logDeliveryConfigurations") {
		if d["logType"] != "slow-log" && d["logType"] != "engine-log" || seen[d["logType"]] {
			c.fail("logDeliveryConfigurations", "one delivery of slow-log and one of engine-log, not %v", d["logType"])
		}
		seen[d["logType"]] = true
		if d["logFormat"] != "json" && d["logFormat"] != "text" {
			c.fail("logDeliveryConfigurations", "logFormat %v is neither json nor text", d["logFormat"])
		}
		if d["destinationType"] != "cloudwatch-logs" {
			c.fail("logDeliveryConfigurations", "the catalogue delivers to cloudwatch-logs only, not to %v", d["destinationType"])
		}
	}
}

// replaceReplicationGroup follows the provider's CustomizeDiff: an engine or version goes up in place and
// down by replacement, and TLS is for life below 7.0.5
// (https://github.com/hashicorp/terraform-provider-aws/blob/main/internal/service/elasticache/replication_group.go).
func replaceReplicationGroup(before, after resource.PropertyMap) []string {
	was, will := before.Mappable(), after.Mappable()
	oldVersion, oldErr := semver.ParseTolerant(fmt.Sprint(was["engineVersion"]))
	newVersion, newErr := semver.ParseTolerant(fmt.Sprint(will["engineVersion"]))
	var fixed []string
	if was["engine"] == "valkey" && will["engine"] != "valkey" {
		fixed = append(fixed, "engine")
	}
	if oldErr == nil && newErr == nil && was["engine"] == will["engine"] && newVersion.LT(oldVersion) {
		fixed = append(fixed, "engineVersion")
	}
	if oldErr == nil && oldVersion.LT(semver.MustParse("7.0.0")) {
		fixed = append(fixed, "transitEncryptionEnabled")
	}
	return fixed
}

func (c *creation) computeReplicationGroup() {
	c.setDefault("engine", "redis")
	c.setDefault("engineVersion", map[string]string{"redis": "7.1", "valkey": "8.2"}[c.text("engine")])
	c.setDefault("subnetGroupName", "default")
	c.setDefault("numCacheClusters", 1.)
	c.setDefault("numNodeGroups", 1.)
	c.setDefault("clusterMode", "disabled")
	c.setDefault("transitEncryptionEnabled", c.text("engine") == "valkey")
	c.setDefault("transitEncryptionMode", "")
	c.setDefault("atRestEncryptionEnabled", c.text("engine") == "valkey")

	c.set("arn", c.arn("elasticache", "replicationgroup:%s", c.id))
	c.setDefault("port", 6379.)
	c.setDefault("applyImmediately", false)
	c.setDefault("autoMinorVersionUpgrade", true)
	c.setDefault("dataTieringEnabled", false)
	c.setDefault("durability", "")
	c.setDefault("globalReplicationGroupId", "")
	c.setDefault("ipDiscovery", "ipv4")
	c.setDefault("networkType", "ipv4")
	c.setDefault("maintenanceWindow", "sun:05:00-sun:06:00")
	c.setDefault("snapshotWindow", "03:00-04:00")
	c.setDefault("securityGroupNames", []any{})
}

func (c *creation) deriveReplicationGroup() {
	c.set("engineVersionActual", c.text("engineVersion")+".0")
	c.setDefault("parameterGroupName", "default."+c.cacheFamily())
	nodes, _ := c.outputs["numCacheClusters"].(float64)
	var members []any
	for i := range int(nodes) {
		members = append(members, fmt.Sprintf("%s-%03d", c.id, i+1))
	}
	c.set("memberClusters", members)
	c.setDefault("replicasPerNodeGroup", nodes-1)
	c.set("clusterEnabled", c.text("clusterMode") != "disabled")
	if c.outputs["transitEncryptionEnabled"] == true && c.text("transitEncryptionMode") == "" {
		c.set("transitEncryptionMode", "required")
	}
	c.setCacheEndpoints()
}

// cacheFamily is the family of the parameter groups of the engine's version.
func (c *creation) cacheFamily() string {
	return cacheFamilies[c.text("engine")][c.text("engineVersion")]
}

// misfitCacheParameters holds a group's parameters to the family of its version
// (CacheParameterGroupName in API_CreateReplicationGroup.html and API_ModifyReplicationGroup.html).
func (c *creation) misfitCacheParameters() error {
	group := c.cloud.Find(tokenCacheParameterGroup, "name", c.text("parameterGroupName"))
	if group != nil && group.Outputs["family"] != c.cacheFamily() {
		return fmt.Errorf("InvalidParameterCombination: expected a parameter group of family %s but found one of family %v", c.cacheFamily(), group.Outputs["family"])
	}
	return nil
}

// tooFewCacheZones holds a Multi-AZ group to subnets in more than one zone
// (https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/AutoFailover.html).
func (c *creation) tooFewCacheZones() error {
	group := c.cloud.Find(tokenCacheSubnetGroup, "name", c.text("subnetGroupName"))
	if group == nil || c.outputs["multiAzEnabled"] != true {
		return nil
	}
	if zones := c.zonesOf(lookup(group.Outputs, "subnetIds")); zones < 2 {
		return fmt.Errorf("InvalidParameterCombination: Multi-AZ needs subnets in at least two zones, and those of %s are in %d", group.ID, zones)
	}
	return nil
}

// setCacheEndpoints sets the names clients connect to, which differ with TLS
// (https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/Endpoints.html). A group that gets TLS shows those with
// TLS at once (https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/enable-python-best-practices.html).
func (c *creation) setCacheEndpoints() {
	place := fmt.Sprintf("%s.cache.amazonaws.com", shortRegion(c.instance.region))
	token := c.endpointToken()
	primary := fmt.Sprintf("%s.%s.ng.0001.%s", c.id, token, place)
	reader := fmt.Sprintf("%s-ro.%s.ng.0001.%s", c.id, token, place)
	if c.outputs["transitEncryptionEnabled"] == true {
		primary = fmt.Sprintf("master.%s.%s.%s", c.id, token, place)
		reader = fmt.Sprintf("replica.%s.%s.%s", c.id, token, place)
	}
	c.set("configurationEndpointAddress", "")
	if c.outputs["clusterEnabled"] == true {
		c.set("configurationEndpointAddress", fmt.Sprintf("clustercfg.%s.%s.%s", c.id, token, place))
		primary, reader = "", ""
	}
	c.set("primaryEndpointAddress", primary)
	c.set("readerEndpointAddress", reader)
}

// endpointToken is what AWS puts after the group's id in the names, once and for all.
func (c *creation) endpointToken() string {
	for _, output := range []string{"configurationEndpointAddress", "primaryEndpointAddress"} {
		if _, rest, named := strings.Cut(c.text(output), c.id+"."); named {
			token, _, _ := strings.Cut(rest, ".")
			return token
		}
	}
	return c.token("endpoint", 6)
}

// shortRegion is a region's short name in host names: use1 for us-east-1.
func shortRegion(region string) string {
	parts := strings.Split(region, "-")
	if len(parts) != 3 {
		return region
	}
	direction := strings.NewReplacer("north", "n", "south", "s", "east", "e", "west", "w", "central", "c").Replace(parts[1])
	return parts[0] + direction + parts[2]
}

// refuseAuthChange is what AWS refuses of changes to how clients get in. A token is rotated first, which
// adds a second one, and then set, which takes the first away: SET with any other than the last one given
// is refused (https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/auth.html). TLS becomes required by
// way of preferred (https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/in-transit-encryption-enable.html).
func refuseAuthChange(old *cloud.Object, inputs map[string]any) string {
	if inputs["authTokenUpdateStrategy"] == "SET" && inputs["authToken"] != old.Inputs["authToken"] {
		return "InvalidParameterCombination: SET takes only the AUTH token that was given last: ROTATE to the new one first"
	}
	if old.Outputs["transitEncryptionEnabled"] != true && inputs["transitEncryptionMode"] == "required" {
		return "InvalidParameterCombination: enable in-transit encryption with mode preferred first"
	}
	return ""
}

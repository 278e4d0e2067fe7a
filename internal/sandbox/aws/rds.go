package aws

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v7/go/aws/rds"

	"coffee-platform/internal/sandbox/cloud"
	"coffee-platform/internal/sandbox/sdkschema"
)

const (
	tokenSubnetGroup    = "aws:rds/subnetGroup:SubnetGroup"
	tokenParameterGroup = "aws:rds/parameterGroup:ParameterGroup"
)

var (
	// https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBInstance.html
	instanceIdentifier = regexp.MustCompile(`^[a-z][a-z0-9]*(-[a-z0-9]+)*$`)
	instanceClass      = regexp.MustCompile(`^db\.[a-z]\d[a-z]*\.(micro|small|medium|large|\d*xlarge)$`)
	// https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBParameterGroup.html
	groupName = regexp.MustCompile(`^[a-z][a-z0-9.-]{0,254}$`)
)

var rdsTypes = map[string]entry{
	tokenSubnetGroup: {
		schema:     sdkschema.Of(rds.SubnetGroupArgs{}, rds.SubnetGroup{}),
		autoName:   "name",
		replace:    []string{"name", "namePrefix"},
		unique:     []string{"name"},
		references: []reference{{input: "subnetIds", typ: tokenSubnet, property: "id"}},
		check: func(c *checker) {
			c.matches("name", groupName, "a subnet group name")
			if subnets, ok := c.value("subnetIds"); ok && subnets.IsArray() && len(subnets.ArrayValue()) < 2 {
				c.fail("subnetIds", "DBSubnetGroupDoesNotCoverEnoughAZs: a group covers at least two zones")
			}
		},
		compute: func(c *creation) {
			c.set("arn", c.arn("rds", "subgrp:%s", c.id))
			c.setDefault("description", "Managed by Pulumi")
			c.setDefault("namePrefix", "")
			c.set("supportedNetworkTypes", []any{"IPV4"})
			zones := map[any]bool{}
			for _, id := range lookup(c.outputs, "subnetIds") {
				if subnet := c.cloud.Find(tokenSubnet, "id", id); subnet != nil {
					zones[subnet.Outputs["availabilityZone"]] = true
					c.set("vpcId", subnet.Outputs["vpcId"])
				}
			}
			if len(zones) < 2 {
				c.err = fmt.Errorf("DBSubnetGroupDoesNotCoverEnoughAZs: the subnets cover %d zone, at least two are needed", len(zones))
			}
		},
		inUse: "InvalidDBSubnetGroupStateFault",
	},
	tokenParameterGroup: {
		schema:   sdkschema.Of(rds.ParameterGroupArgs{}, rds.ParameterGroup{}),
		autoName: "name",
		replace:  []string{"name", "namePrefix", "family", "description"},
		unique:   []string{"name"},
		check: func(c *checker) {
			c.matches("name", groupName, "a parameter group name")
			c.oneOf("family", "postgres13", "postgres14", "postgres15", "postgres16", "postgres17", "postgres18")
		},
		compute: func(c *creation) {
			c.set("arn", c.arn("rds", "pg:%s", c.id))
			c.setDefault("description", "Managed by Pulumi")
			c.setDefault("namePrefix", "")
		},
		inUse: "InvalidDBParameterGroupState",
	},
	"aws:rds/instance:Instance": {
		schema:   sdkschema.Of(rds.InstanceArgs{}, rds.Instance{}),
		autoName: "identifier",
		replace: []string{
			"availabilityZone", "backupTarget", "characterSetName", "customIamInstanceProfile", "dbName", "engine",
			"identifierPrefix", "kmsKeyId", "ncharCharacterSetName", "restoreToPointInTime", "s3Import",
			"snapshotIdentifier", "storageEncrypted", "timezone", "username",
		},
		unique: []string{"identifier"},
		references: []reference{
			{input: "dbSubnetGroupName", typ: tokenSubnetGroup, property: "name", holds: true},
			{input: "parameterGroupName", typ: tokenParameterGroup, property: "name", holds: true},
			{input: "vpcSecurityGroupIds", typ: tokenSecurityGroup, property: "id", holds: true},
			{input: "kmsKeyId", typ: tokenKey, property: "arn"},
			{input: "masterUserSecretKmsKeyId", typ: tokenKey, property: "arn"},
			{input: "performanceInsightsKmsKeyId", typ: tokenKey, property: "arn"},
			{input: "monitoringRoleArn", typ: tokenRole, property: "arn"},
		},
		check: (*checker).checkInstance,
		id:    func(c *creation) string { return "db-" + strings.ToUpper(c.token("id", 26)) },
		compute: func(c *creation) {
			identifier := c.text("identifier")
			address := fmt.Sprintf("%s.%s.%s.rds.amazonaws.com", identifier, c.token("address", 12), c.instance.region)
			major, _, _ := strings.Cut(c.text("engineVersion"), ".")
			if name := c.text("parameterGroupName"); name != "" {
				family, _ := c.cloud.Find(tokenParameterGroup, "name", name).Outputs["family"].(string)
				if family != "postgres"+major {
					c.err = fmt.Errorf("InvalidParameterCombination: the parameter group %s of family %s does not fit engine version %s", name, family, c.text("engineVersion"))
				}
			}
			c.setDefault("parameterGroupName", "default.postgres"+major)
			// What AWS takes when nothing is given: API_CreateDBInstance.html.
			c.setDefault("port", 5432)
			c.setDefault("dbSubnetGroupName", "default")
			c.setDefault("dbName", "")
			c.setDefault("storageType", "gp2")
			c.set("arn", c.arn("rds", "db:%s", identifier))
			c.set("address", address)
			c.set("endpoint", fmt.Sprintf("%s:%v", address, c.outputs["port"]))
			c.set("hostedZoneId", "Z2R2ITUGPM61AM")
			c.set("resourceId", c.id)
			c.set("status", "available")
			c.set("engineVersionActual", c.text("engineVersion"))
			c.set("latestRestorableTime", created)
			c.set("replicas", []any{})
			c.set("listenerEndpoints", []any{})
			c.set("masterUserSecrets", []any{})
			if c.outputs["manageMasterUserPassword"] == true {
				c.set("masterUserSecrets", []any{map[string]any{
					"secretArn":    c.arn("secretsmanager", "secret:rds!%s-%s", c.id, c.token("secret", 6)),
					"secretStatus": "active",
					"kmsKeyId":     c.outputs["masterUserSecretKmsKeyId"],
				}})
			}
			c.setDefault("availabilityZone", c.instance.region+"a")
			c.setDefault("backupTarget", "region")
			c.setDefault("backupWindow", "03:00-03:30")
			c.setDefault("maintenanceWindow", "sun:04:00-sun:04:30")
			c.setDefault("caCertIdentifier", "rds-ca-rsa2048-g1")
			c.setDefault("databaseInsightsMode", "standard")
			c.setDefault("dedicatedLogVolume", false)
			c.setDefault("engineLifecycleSupport", "open-source-rds-extended-support")
			c.setDefault("identifierPrefix", "")
			c.setDefault("iops", 3000)
			c.setDefault("storageThroughput", 125)
			c.setDefault("licenseModel", "postgresql-license")
			c.setDefault("monitoringInterval", 0)
			c.setDefault("monitoringRoleArn", "")
			c.setDefault("networkType", "IPV4")
			c.setDefault("optionGroupName", "default:postgres-"+c.text("engineVersion"))
			c.setDefault("performanceInsightsEnabled", false)
			c.setDefault("performanceInsightsKmsKeyId", "")
			c.setDefault("performanceInsightsRetentionPeriod", 0)
			c.setDefault("applyImmediately", false)
			c.setDefault("backupRetentionPeriod", 0)
			c.setDefault("multiAz", false)
			// https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/Aurora.Maintenance.AMVU.UpgradeRollout.html
			c.setDefault("upgradeRolloutOrder", "second")
			for _, unset := range []string{"characterSetName", "domainFqdn", "kmsKeyId", "masterUserSecretKmsKeyId", "ncharCharacterSetName", "replicaMode", "snapshotIdentifier", "timezone"} {
				c.setDefault(unset, "")
			}
		},
		// ModifyDBInstance: a major version is changed only by who says so, and never backwards.
		refuseUpdate: func(instance *cloud.Object, inputs map[string]any) string {
			before, after := majorVersion(instance.Inputs), majorVersion(inputs)
			switch {
			case after < before:
				return fmt.Sprintf("InvalidParameterCombination: cannot upgrade postgres from %d to %d", before, after)
			case after > before && inputs["allowMajorVersionUpgrade"] != true:
				return fmt.Sprintf("InvalidParameterCombination: the AllowMajorVersionUpgrade flag must be present when upgrading to a new major version (%d to %d)", before, after)
			}
			return ""
		},
		refuseDelete: func(_ *cloud.Cloud, instance *cloud.Object) string {
			if instance.Outputs["deletionProtection"] == true {
				return "InvalidParameterCombination: cannot delete protected DB instance, please disable deletion protection and try again"
			}
			return ""
		},
	},
}

// majorVersion is 0 of an instance that does not say.
func majorVersion(inputs map[string]any) int {
	version, _ := inputs["engineVersion"].(string)
	text, _, _ := strings.Cut(version, ".")
	major, err := strconv.Atoi(text)
	if err != nil {
		return 0
	}
	return major
}

// checkInstance follows API_CreateDBInstance.html.
func (c *checker) checkInstance() {
	c.matches("identifier", instanceIdentifier, "an instance identifier: lower-case letters, digits and single hyphens, starting with a letter")
	c.matches("instanceClass", instanceClass, "an instance class")
	c.oneOf("engine", "postgres")
	c.oneOf("storageType", "gp2", "gp3", "io1", "io2", "standard")
	c.between("allocatedStorage", 20, 65536)
	c.between("backupRetentionPeriod", 0, 35)
	c.between("port", 1150, 65535)
	c.numberIn("monitoringInterval", 0, 1, 5, 10, 15, 30, 60)
	if interval, ok := c.number("monitoringInterval"); ok {
		if _, given := c.inputs["monitoringRoleArn"]; given != (interval != 0) {
			c.fail("monitoringRoleArn", "InvalidParameterCombination: a monitoring role goes with a monitoring interval")
		}
	}
	if c.is("manageMasterUserPassword") {
		if _, given := c.inputs["password"]; given {
			c.fail("password", "InvalidParameterCombination: not together with manageMasterUserPassword")
		}
	}
	if _, given := c.inputs["finalSnapshotIdentifier"]; !c.is("skipFinalSnapshot") && !given {
		c.fail("finalSnapshotIdentifier", "is required unless skipFinalSnapshot is true, or the instance cannot be deleted")
	}
	if allocated, ok := c.number("allocatedStorage"); ok {
		if most, ok := c.number("maxAllocatedStorage"); ok && most != 0 && most*100 < allocated*110 {
			c.fail("maxAllocatedStorage", "InvalidParameterCombination: %d is less than 10%% above the allocated %d GiB", most, allocated)
		}
	}
}

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
			c.set("vpcId", c.vpcOf("subnetIds"))
		},
		// CreateDBSubnetGroup, ModifyDBSubnetGroup.
		refusals: []refusal{
			{[]string{"subnetIds"}, func(c *creation) error { return c.outsideVPC("subnetIds") }},
			{[]string{"subnetIds"}, func(c *creation) error {
				if zones := c.zonesOf(lookup(c.inputs, "subnetIds")); zones < 2 {
					return fmt.Errorf("DBSubnetGroupDoesNotCoverEnoughAZs: the subnets cover %d zone, at least two are needed", zones)
				}
				return nil
			}},
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
			c.set("address", fmt.Sprintf("%s.%s.%s.rds.amazonaws.com", c.text("identifier"), c.token("address", 12), c.instance.region))
			// What AWS takes when nothing is given: API_CreateDBInstance.html.
			c.setDefault("port", 5432)
			c.setDefault("dbSubnetGroupName", "default")
			c.setDefault("dbName", "")
			c.setDefault("storageType", "gp2")
			c.set("hostedZoneId", "Z2R2ITUGPM61AM")
			c.set("resourceId", c.id)
			c.set("status", "available")
			c.set("latestRestorableTime", created)
			c.set("replicas", []any{})
			c.set("listenerEndpoints", []any{})
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
		derive: (*creation).deriveInstance,
		refusals: []refusal{
			{[]string{"engineVersion", "parameterGroupName"}, (*creation).misfitParameters},
		},
		// ModifyDBInstance: a major version is changed only by who says so, and never backwards.
		refuseUpdate: func(instance *cloud.Object, inputs map[string]any) string {
			before, after := majorVersion(instance.Outputs), majorVersion(inputs)
			switch {
			case after == 0:
				return "" // none is given, and the version stays
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

// deriveInstance follows API_ModifyDBInstance.html and
// https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_RenameInstance.html: with another name, an instance
// has another address in the same domain.
func (c *creation) deriveInstance() {
	_, domain, _ := strings.Cut(c.text("address"), ".")
	address := c.text("identifier") + "." + domain
	c.set("address", address)
	c.set("endpoint", fmt.Sprintf("%s:%v", address, c.outputs["port"]))
	c.set("arn", c.arn("rds", "db:%s", c.text("identifier")))
	c.set("engineVersionActual", c.text("engineVersion"))
	c.setDefault("parameterGroupName", "default."+databaseFamily(c.text("engineVersion")))
	c.setDefault("optionGroupName", "default:postgres-"+c.text("engineVersion"))
	c.keepMasterUserSecret()
}

// keepMasterUserSecret makes a secret when RDS is to manage the password, and lets go of it when it is not.
func (c *creation) keepMasterUserSecret() {
	secrets, _ := c.outputs["masterUserSecrets"].([]any)
	switch {
	case c.outputs["manageMasterUserPassword"] != true:
		secrets = []any{}
	case len(secrets) == 0:
		secrets = []any{map[string]any{
			"secretArn":    c.arn("secretsmanager", "secret:rds!%s-%s", c.id, c.token("secret", 6)),
			"secretStatus": "active",
			"kmsKeyId":     c.inputs["masterUserSecretKmsKeyId"],
		}}
	}
	c.set("masterUserSecrets", secrets)
}

// misfitParameters holds an instance's parameter group to the family of its version: also when that changes, a
// new group is to be given along with it (EngineVersion in API_ModifyDBInstance.html).
func (c *creation) misfitParameters() error {
	group, version := c.cloud.Find(tokenParameterGroup, "name", c.text("parameterGroupName")), c.text("engineVersion")
	if group != nil && group.Outputs["family"] != databaseFamily(version) {
		return fmt.Errorf("InvalidParameterCombination: the parameter group %s of family %v does not fit engine version %s", group.ID, group.Outputs["family"], version)
	}
	return nil
}

// databaseFamily is the family of the parameter groups of an engine version.
func databaseFamily(version string) string {
	major, _, _ := strings.Cut(version, ".")
	return "postgres" + major
}

// majorVersion is 0 where there is none.
func majorVersion(properties map[string]any) int {
	version, _ := properties["engineVersion"].(string)
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

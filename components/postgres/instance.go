package postgres

import (
	"fmt"
	"strconv"

	"github.com/pulumi/pulumi-aws/sdk/v7/go/aws/cloudwatch"
	"github.com/pulumi/pulumi-aws/sdk/v7/go/aws/ec2"
	"github.com/pulumi/pulumi-aws/sdk/v7/go/aws/iam"
	"github.com/pulumi/pulumi-aws/sdk/v7/go/aws/rds"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"coffee-platform/components/encryption"
	"coffee-platform/internal/iampolicy"
)

// The hours in which RDS works on the instance, in UTC: while the product's users, in the Americas and
// Europe, sleep; backup first, then what might go wrong.
const (
	backupWindow      = "04:00-05:00"
	maintenanceWindow = "sun:05:30-sun:06:30"
)

// What is measured.
const (
	// monitoringSeconds is the longest interval of enhanced monitoring: CloudWatch Logs charges for every
	// measurement (https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_Monitoring.OS.overview.html).
	monitoringSeconds = 60
	// insightsDays is how long the load by query is kept: what costs nothing
	// (https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_PerfInsights.Overview.cost.html).
	insightsDays = 7
)

// logTypes are the logs RDS for PostgreSQL exports
// (https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_LogAccess.Concepts.PostgreSQL.overview.parameter-groups.html).
var logTypes = []string{"postgresql", "upgrade"}

// parameters are the settings of the database that are not the engine's own defaults.
var parameters = []struct{ name, value string }{
	// The default from version 15 on, but a default can be changed by whoever makes the group.
	{"rds.force_ssl", "1"},
	// Who changed the schema, what took longer than a second (in milliseconds), who waited for a lock.
	{"log_statement", "ddl"},
	{"log_min_duration_statement", "1000"},
	{"log_lock_waits", "1"},
}

func (b *builder) createInstance(group *ec2.SecurityGroup) (*rds.Instance, error) {
	subnets, err := rds.NewSubnetGroup(b.ctx, b.name, &rds.SubnetGroupArgs{
		Description: pulumi.Sprintf("Data subnets of database %s", b.name),
		SubnetIds:   b.args.SubnetIDs,
	}, b.parent)
	if err != nil {
		return nil, fmt.Errorf("creating subnet group %q: %w", b.name, err)
	}
	parameterGroup, err := b.createParameterGroup()
	if err != nil {
		return nil, err
	}
	logs, err := b.createLogs()
	if err != nil {
		return nil, err
	}

	args := &rds.InstanceArgs{
		Identifier:              pulumi.String(b.args.Identifier),
		Engine:                  pulumi.String("postgres"),
		EngineVersion:           pulumi.String(b.args.Version),
		AutoMinorVersionUpgrade: pulumi.Bool(true),
		// Without it RDS refuses another major version, half-way through a deployment. It upgrades nothing by itself.
		AllowMajorVersionUpgrade: pulumi.Bool(true),
		InstanceClass:            pulumi.String(b.args.InstanceClass),
		DbName:                   pulumi.String(b.args.DatabaseName),
		Port:                     pulumi.Int(Port),

		StorageType:         pulumi.String("gp3"),
		AllocatedStorage:    pulumi.Int(b.args.StorageGiB),
		MaxAllocatedStorage: pulumi.Int(b.args.MaxStorageGiB),
		StorageEncrypted:    pulumi.Bool(true),
		KmsKeyId:            b.key.Arn,

		Username:                         pulumi.String(masterUser),
		ManageMasterUserPassword:         pulumi.Bool(true),
		MasterUserSecretKmsKeyId:         b.key.Arn,
		IamDatabaseAuthenticationEnabled: pulumi.Bool(true),

		MultiAz:             pulumi.Bool(b.args.MultiAZ),
		PubliclyAccessible:  pulumi.Bool(false),
		DbSubnetGroupName:   subnets.Name,
		VpcSecurityGroupIds: pulumi.StringArray{group.ID()},
		ParameterGroupName:  parameterGroup.Name,

		BackupRetentionPeriod:  pulumi.Int(b.args.BackupRetentionDays),
		BackupWindow:           pulumi.String(backupWindow),
		MaintenanceWindow:      pulumi.String(maintenanceWindow),
		ApplyImmediately:       pulumi.Bool(b.args.ApplyImmediately),
		CopyTagsToSnapshot:     pulumi.Bool(true),
		DeleteAutomatedBackups: pulumi.Bool(!b.args.FinalSnapshot),
		DeletionProtection:     pulumi.Bool(b.args.DeletionProtection),
		SkipFinalSnapshot:      pulumi.Bool(!b.args.FinalSnapshot),

		EnabledCloudwatchLogsExports:       pulumi.ToStringArray(logTypes),
		DatabaseInsightsMode:               pulumi.String("standard"),
		PerformanceInsightsEnabled:         pulumi.Bool(true),
		PerformanceInsightsKmsKeyId:        b.key.Arn,
		PerformanceInsightsRetentionPeriod: pulumi.Int(insightsDays),
		Tags:                               pulumi.StringMap{"Name": pulumi.String(b.args.Identifier)},
	}
	if b.args.FinalSnapshot {
		args.FinalSnapshotIdentifier = encryption.SnapshotName(b.args.Identifier, b.key)
	}
	waits := logs
	if b.args.EnhancedMonitoring {
		role, grant, err := b.createMonitoringRole()
		if err != nil {
			return nil, err
		}
		args.MonitoringInterval = pulumi.Int(monitoringSeconds)
		args.MonitoringRoleArn = role.Arn
		waits = append(waits, grant)
	}
	instance, err := rds.NewInstance(b.ctx, b.name, args, b.parent,
		pulumi.DependsOn(waits),
		pulumi.Protect(b.args.Protect),
		pulumi.Timeouts(&pulumi.CustomTimeouts{Create: createTimeout, Update: createTimeout, Delete: createTimeout}))
	if err != nil {
		return nil, fmt.Errorf("creating RDS instance %q: %w", b.name, err)
	}
	return instance, nil
}

func (b *builder) createParameterGroup() (*rds.ParameterGroup, error) {
	var settings rds.ParameterGroupParameterArray
	for _, p := range parameters {
		settings = append(settings, &rds.ParameterGroupParameterArgs{Name: pulumi.String(p.name), Value: pulumi.String(p.value)})
	}
	if b.args.MaxConnections > 0 {
		settings = append(settings, &rds.ParameterGroupParameterArgs{
			Name: pulumi.String("max_connections"), Value: pulumi.String(strconv.Itoa(b.args.MaxConnections)),
			// RDS refuses to change it at once.
			ApplyMethod: pulumi.String("pending-reboot"),
		})
	}
	group, err := rds.NewParameterGroup(b.ctx, b.name, &rds.ParameterGroupArgs{
		Description: pulumi.Sprintf("Settings of database %s", b.name),
		Family:      pulumi.String("postgres" + b.args.Version),
		Parameters:  settings,
	}, b.parent)
	if err != nil {
		return nil, fmt.Errorf("creating parameter group %q: %w", b.name, err)
	}
	return group, nil
}

// createLogs makes the groups of the exported logs before the instance does, which would keep them for
// ever and encrypt them with a key of AWS.
func (b *builder) createLogs() ([]pulumi.Resource, error) {
	var groups []pulumi.Resource
	for _, logType := range logTypes {
		name := b.name + "-" + logType
		group, err := cloudwatch.NewLogGroup(b.ctx, name, &cloudwatch.LogGroupArgs{
			Name:            pulumi.Sprintf("/aws/rds/instance/%s/%s", b.args.Identifier, logType),
			RetentionInDays: pulumi.Int(b.args.LogRetentionDays),
			KmsKeyId:        b.key.Arn,
			Tags:            pulumi.StringMap{"Name": pulumi.String(name)},
		}, b.parent)
		if err != nil {
			return nil, fmt.Errorf("creating log group %q: %w", name, err)
		}
		groups = append(groups, group)
	}
	return groups, nil
}

// createMonitoringRole makes the role by which RDS writes its measurements; the second result grants it
// what it needs.
func (b *builder) createMonitoringRole() (*iam.Role, pulumi.Resource, error) {
	name := b.name + "-monitoring"
	role, err := iam.NewRole(b.ctx, name, &iam.RoleArgs{
		Description:      pulumi.String("Lets RDS write measurements of the operating system"),
		AssumeRolePolicy: pulumi.String(iampolicy.ServiceTrust("monitoring.rds.amazonaws.com")),
	}, b.parent)
	if err != nil {
		return nil, nil, fmt.Errorf("creating role %q: %w", name, err)
	}
	grant, err := iam.NewRolePolicyAttachment(b.ctx, name, &iam.RolePolicyAttachmentArgs{
		Role:      role.Name,
		PolicyArn: pulumi.String("arn:aws:iam::aws:policy/service-role/AmazonRDSEnhancedMonitoringRole"),
	}, b.parent)
	if err != nil {
		return nil, nil, fmt.Errorf("granting role %q: %w", name, err)
	}
	return role, grant, nil
}

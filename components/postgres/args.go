package postgres

import (
	"regexp"
	"slices"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"coffee-platform/internal/logretention"
	"coffee-platform/internal/problem"
)

// Args describe a database instance. Plain values decide what is created, inputs come from other resources.
type Args struct {
	// Identifier is the instance's name in AWS, unique in its account and region.
	Identifier string
	// Version is the major version of PostgreSQL, "16"; see SupportedVersions. RDS applies minor versions.
	Version string
	// InstanceClass is the size of the instance: "db.t4g.micro".
	InstanceClass string
	// DatabaseName is the database made with the instance.
	DatabaseName string
	// StorageGiB is the storage the instance starts with, MaxStorageGiB what it may grow to by itself.
	StorageGiB    int
	MaxStorageGiB int
	// MaxConnections is max_connections; 0 leaves it to RDS, by the memory of the class. A change takes effect when
	// the instance is restarted.
	MaxConnections int
	// MultiAZ keeps a standby in another zone.
	MultiAZ bool
	// BackupRetentionDays is how far back the database can be restored to any moment, in days; 0 keeps none.
	BackupRetentionDays int
	// LogRetentionDays is how long the database's logs are kept, in days; one of the values CloudWatch Logs
	// takes.
	LogRetentionDays int
	// EnhancedMonitoring measures the instance's operating system once a minute.
	EnhancedMonitoring bool
	// ApplyImmediately has changes to the instance made at once, not in the maintenance window.
	ApplyImmediately bool
	// DeletionProtection makes AWS refuse to delete the database, Protect Pulumi to delete or replace it and its
	// key.
	DeletionProtection bool
	Protect            bool
	// FinalSnapshot has a last snapshot taken when the database is deleted, and its automated backups kept, with the
	// key they are encrypted with. It is apart from DeletionProtection, which is lifted just before.
	FinalSnapshot bool
	// Region and AccountID are where the database is: for who may use the key of its logs.
	Region    string
	AccountID string

	// VPCID and SubnetIDs place the instance; the subnets must have no route to the internet.
	VPCID     pulumi.StringInput
	SubnetIDs pulumi.StringArrayInput
	// Clients are the security groups that may connect, each under a name that says who it is.
	Clients map[string]pulumi.StringInput
}

// Port is the port PostgreSQL listens on.
const Port = 5432

// SupportedVersions are the major versions this component has a parameter group for.
var SupportedVersions = []string{"16", "17"}

// Bounds of AWS.
const (
	// https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/CHAP_Storage.html (gp3, PostgreSQL)
	minStorageGiB = 20
	maxStorageGiB = 65536
	// https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_WorkingWithAutomatedBackups.BackupRetention.html
	maxBackupRetentionDays = 35
	// https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBInstance.html
	maxIdentifierLength = 63
	// Storage autoscaling wants a maximum at least a tenth above what there is
	// (https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_PIOPS.Autoscaling.html).
	minGrowthPercent = 110
)

var (
	// https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/Concepts.DBInstanceClass.Types.html
	instanceClass = regexp.MustCompile(`^db\.[a-z]\d[a-z]*\.(micro|small|medium|large|\d*xlarge)$`)
	// https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBInstance.html
	identifier   = regexp.MustCompile(`^[a-z][a-z0-9]*(-[a-z0-9]+)*$`)
	databaseName = regexp.MustCompile(`^[a-z][a-z0-9_]{0,62}$`)
)

// Validate reports every problem of the plain arguments; paths are relative to them.
func (a *Args) Validate() problem.List {
	var problems problem.List
	if !identifier.MatchString(a.Identifier) || len(a.Identifier) > maxIdentifierLength {
		problems.Add("identifier", "%q is not the name of an instance: start with a lower-case letter, then letters, digits and single hyphens, at most %d",
			a.Identifier, maxIdentifierLength)
	}
	if !slices.Contains(SupportedVersions, a.Version) {
		problems.Add("version", "%q is not a supported major version of PostgreSQL: use one of %v, in quotes", a.Version, SupportedVersions)
	}
	if !instanceClass.MatchString(a.InstanceClass) {
		problems.Add("instanceClass", "%q is not an RDS instance class: write one like db.t4g.medium", a.InstanceClass)
	}
	if !databaseName.MatchString(a.DatabaseName) {
		problems.Add("databaseName", "%q is not a database name: start with a lower-case letter, then letters, digits and _, at most 63", a.DatabaseName)
	}
	if a.StorageGiB < minStorageGiB || a.StorageGiB > maxStorageGiB {
		problems.Add("storageGiB", "%d is outside %d to %d GiB", a.StorageGiB, minStorageGiB, maxStorageGiB)
	} else if a.MaxStorageGiB*100 < a.StorageGiB*minGrowthPercent || a.MaxStorageGiB > maxStorageGiB {
		problems.Add("maxStorageGiB", "%d leaves %d GiB no room to grow: use at least %d, at most %d",
			a.MaxStorageGiB, a.StorageGiB, (a.StorageGiB*minGrowthPercent+99)/100, maxStorageGiB)
	}
	if a.BackupRetentionDays < 0 || a.BackupRetentionDays > maxBackupRetentionDays {
		problems.Add("backupRetentionDays", "%d is outside 0 to %d days", a.BackupRetentionDays, maxBackupRetentionDays)
	}
	logretention.Validate(&problems, "logRetentionDays", a.LogRetentionDays)
	// The least RDS takes (https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/CHAP_Limits.html).
	if a.MaxConnections != 0 && a.MaxConnections < minMaxConnections {
		problems.Add("maxConnections", "%d is below %d, the least RDS takes; 0 is RDS's own number for the class", a.MaxConnections, minMaxConnections)
	}
	return problems
}

const minMaxConnections = 6

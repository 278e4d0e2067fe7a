package backup

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"coffee-platform/internal/awsname"
	"coffee-platform/internal/problem"
)

// Args describe what is backed up and how long it is kept. Plain values decide what is created, inputs come
// from other resources.
type Args struct {
	// RetentionDays is how long recovery points are kept in the region, in days. Buckets can be restored to
	// any moment of that time, databases to any of its days.
	RetentionDays int
	// Region is the region of what is backed up, CopyRegion another one that gets a copy of every recovery
	// point; "" makes no copies.
	Region     string
	CopyRegion string
	// CopyRetentionDays is how long copies are kept, in days; 0 if none are made.
	CopyRetentionDays int
	// LockDays is how long nobody can delete a recovery point or a copy, in days, but for those with the right
	// to take the vault's lock away; 0 locks nothing.
	LockDays int
	// RestoreTest has AWS Backup restore each database once a week, and delete what it restored.
	RestoreTest bool
	// ForceDestroy has Pulumi empty the vaults when it deletes them; otherwise AWS refuses to delete what is
	// not empty. It cannot be had together with a lock.
	ForceDestroy bool
	// Protect makes Pulumi refuse to delete or replace the vaults and their keys.
	Protect bool

	// Databases are RDS instances, Buckets the ARNs of S3 buckets with versioning, each under a name that says
	// what it is.
	Databases map[string]Database
	Buckets   map[string]pulumi.StringInput
	// CopyProvider is the way into CopyRegion; nil if there is none.
	CopyProvider pulumi.ProviderResource
}

// Database is an RDS instance.
type Database struct {
	// ARN is the instance's.
	ARN pulumi.StringInput
	// SubnetGroupName and SecurityGroupID are where a restore test puts what it restores, for an hour: the
	// database's own, or others of its VPC. AWS Backup would take those of the default VPC.
	SubnetGroupName pulumi.StringInput
	SecurityGroupID pulumi.StringInput
}

// maxRetentionDays is how far back continuous backups go
// (https://docs.aws.amazon.com/aws-backup/latest/devguide/point-in-time-recovery-retention-period.html). Copies
// are no continuous backups and may be kept longer: ten years, beyond which it is a typing error.
const (
	maxRetentionDays     = 35
	maxCopyRetentionDays = 3653
)

// Validate reports every problem of the plain arguments; paths are relative to them.
func (a *Args) Validate() problem.List {
	var problems problem.List
	if a.RetentionDays < 1 || a.RetentionDays > maxRetentionDays {
		problems.Add("retentionDays", "%d is outside 1 to %d days, as far as AWS Backup restores to any moment: keep copies for longer", a.RetentionDays, maxRetentionDays)
	}
	a.validateCopies(&problems)
	a.validateLock(&problems)
	return problems
}

func (a *Args) validateCopies(problems *problem.List) {
	if a.CopyRegion == "" {
		if a.CopyRetentionDays != 0 {
			problems.Add("copyRetentionDays", "%d days of copies nobody makes: set copyRegion, or 0", a.CopyRetentionDays)
		}
		return
	}
	if !awsname.IsRegion(a.CopyRegion) {
		problems.Add("copyRegion", "%q is not an AWS region: write one like us-west-2", a.CopyRegion)
	} else if a.CopyRegion == a.Region {
		problems.Add("copyRegion", "%s is where everything is already: what takes it takes the copies too", a.CopyRegion)
	}
	if a.CopyRetentionDays < 1 || a.CopyRetentionDays > maxCopyRetentionDays {
		problems.Add("copyRetentionDays", "%d is outside 1 to %d days", a.CopyRetentionDays, maxCopyRetentionDays)
	}
}

// validateLock holds a lock to what is kept at least as long: into a locked vault, AWS Backup puts nothing
// that it would have to delete earlier.
func (a *Args) validateLock(problems *problem.List) {
	shortest := a.RetentionDays
	if a.CopyRegion != "" {
		shortest = min(shortest, a.CopyRetentionDays)
	}
	switch {
	case a.LockDays < 0 || a.LockDays > max(0, shortest):
		problems.Add("lockDays", "%d is outside 0 to %d, the days that recovery points and copies are kept", a.LockDays, max(0, shortest))
	case a.LockDays > 0 && a.ForceDestroy:
		problems.Add("lockDays", "%d keeps forceDestroy from emptying the vaults: turn one of them off", a.LockDays)
	}
}

package backup

import (
	"errors"
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v7/go/aws/backup"
	"github.com/pulumi/pulumi-aws/sdk/v7/go/aws/iam"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"coffee-platform/components/encryption"
)

// Backup is the backup of databases and buckets.
type Backup struct {
	pulumi.ResourceState

	// VaultName is the vault in the region, CopyVaultName the one in the other region; "" if there is none.
	VaultName     pulumi.StringOutput `pulumi:"vaultName"`
	CopyVaultName pulumi.StringOutput `pulumi:"copyVaultName"`
	// RestoreRoleARN is the role AWS Backup restores with: whoever starts a restore has to name one.
	RestoreRoleARN pulumi.StringOutput `pulumi:"restoreRoleArn"`
}

// New creates a backup. It fails before the first resource if args do not validate.
func New(ctx *pulumi.Context, name string, args *Args, opts ...pulumi.ResourceOption) (*Backup, error) {
	if err := args.Validate().Err(); err != nil {
		return nil, fmt.Errorf("backup %q: %w", name, err)
	}
	if err := args.checkInputs(); err != nil {
		return nil, fmt.Errorf("backup %q: %w", name, err)
	}
	r := &Backup{}
	if err := ctx.RegisterComponentResource("coffee:backup:Backup", name, r, opts...); err != nil {
		return nil, fmt.Errorf("registering backup %q: %w", name, err)
	}
	b := &builder{ctx: ctx, name: name, args: args, parent: pulumi.Parent(r)}
	if err := b.build(r); err != nil {
		return nil, err
	}
	return r, ctx.RegisterResourceOutputs(r, pulumi.Map{
		"vaultName":      r.VaultName,
		"copyVaultName":  r.CopyVaultName,
		"restoreRoleArn": r.RestoreRoleARN,
	})
}

// checkInputs looks at the inputs, which there are none of yet when Validate is asked on its own.
func (a *Args) checkInputs() error {
	if len(a.Databases)+len(a.Buckets) == 0 {
		return errors.New("there is nothing to back up")
	}
	if (a.CopyRegion == "") != (a.CopyProvider == nil) {
		return fmt.Errorf("a region for copies goes with a provider for it: there is region %q, and provider %v", a.CopyRegion, a.CopyProvider)
	}
	return nil
}

// builder holds what every step of New needs.
type builder struct {
	ctx    *pulumi.Context
	name   string
	args   *Args
	parent pulumi.ResourceOption

	// vault is in the region, copies, which may be nil, in the other one.
	vault, copies *backup.Vault
	// backups is the role AWS Backup takes backups with, restores the one it restores with.
	backups, restores serviceRole
}

// serviceRole is a role of AWS Backup with what it may do.
type serviceRole struct {
	role   *iam.Role
	grants []pulumi.Resource
}

func (b *builder) build(r *Backup) error {
	if err := b.createVaults(); err != nil {
		return err
	}
	if err := b.createRoles(); err != nil {
		return err
	}
	if err := b.createPlans(); err != nil {
		return err
	}
	if b.args.RestoreTest {
		if err := b.testRestores(); err != nil {
			return err
		}
	}

	r.VaultName = b.vault.Name
	r.CopyVaultName = pulumi.String("").ToStringOutput()
	if b.copies != nil {
		r.CopyVaultName = b.copies.Name
	}
	r.RestoreRoleARN = b.restores.role.Arn
	return nil
}

func (b *builder) createVaults() error {
	var err error
	if b.vault, err = b.createVault(b.name, "Recovery points", b.parent); err != nil {
		return err
	}
	if b.args.CopyRegion != "" {
		b.copies, err = b.createVault(b.name+"-copies", "Copies of recovery points of "+b.args.Region, b.parent, pulumi.Provider(b.args.CopyProvider))
	}
	return err
}

// createVault makes a vault and its key. AWS Backup encrypts recovery points of buckets with the key of their
// vault and copies of anything with that of theirs; recovery points of a database keep the database's own. The
// key's default policy leaves all of that to IAM, where AWS's policies of the roles allow it, in each region
// (https://docs.aws.amazon.com/aws-backup/latest/devguide/encryption.html).
func (b *builder) createVault(name, holds string, opts ...pulumi.ResourceOption) (*backup.Vault, error) {
	where := pulumi.Composite(opts...)
	key, err := encryption.NewKey(b.ctx, name, &encryption.Args{Description: holds, Protect: b.args.Protect}, where)
	if err != nil {
		return nil, err
	}
	vault, err := backup.NewVault(b.ctx, name, &backup.VaultArgs{
		KmsKeyArn:    key.Arn,
		ForceDestroy: pulumi.Bool(b.args.ForceDestroy),
		Tags:         pulumi.StringMap{"Name": pulumi.String(name)},
	}, where, pulumi.Protect(b.args.Protect))
	if err != nil {
		return nil, fmt.Errorf("creating vault %q: %w", name, err)
	}
	if b.args.LockDays == 0 {
		return vault, nil
	}
	_, err = backup.NewVaultLockConfiguration(b.ctx, name, &backup.VaultLockConfigurationArgs{
		BackupVaultName:  vault.Name,
		MinRetentionDays: pulumi.Int(b.args.LockDays),
		// Without ChangeableForDays the lock is one of governance, which those with the right to can take away.
		// With it, nobody could, not even AWS: a wrong number would be paid for to its last day
		// (https://docs.aws.amazon.com/aws-backup/latest/devguide/vault-lock.html).
	}, where,
		// A vault has one lock: deleting the old one after the new one was made would take away the new one.
		pulumi.DeleteBeforeReplace(true))
	if err != nil {
		return nil, fmt.Errorf("locking vault %q: %w", name, err)
	}
	return vault, nil
}

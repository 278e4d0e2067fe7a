package backup

import (
	"fmt"
	"path"

	"github.com/pulumi/pulumi-aws/sdk/v7/go/aws/iam"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"coffee-platform/internal/iampolicy"
)

// AWS's own policies for AWS Backup, by name
// (https://docs.aws.amazon.com/aws-backup/latest/devguide/security-iam-awsmanpol.html). What restores can
// overwrite, so taking backups and restoring are not one role's.
var (
	backupPolicies  = []string{"service-role/AWSBackupServiceRolePolicyForBackup", "AWSBackupServiceRolePolicyForS3Backup"}
	restorePolicies = []string{"service-role/AWSBackupServiceRolePolicyForRestores", "AWSBackupServiceRolePolicyForS3Restore"}
)

func (b *builder) createRoles() error {
	var err error
	if b.backups, err = b.createRole(b.name, "Lets AWS Backup take backups and copy them", backupPolicies); err != nil {
		return err
	}
	b.restores, err = b.createRole(b.name+"-restore", "Lets AWS Backup restore", restorePolicies)
	return err
}

// createRole makes a role for AWS Backup. Its trust has no condition on the account that asks: AWS documents
// none for it, and a role can be handed to a service by its own account only.
func (b *builder) createRole(name, description string, policies []string) (serviceRole, error) {
	role, err := iam.NewRole(b.ctx, name, &iam.RoleArgs{
		Description:      pulumi.String(description),
		AssumeRolePolicy: pulumi.String(iampolicy.ServiceTrust("backup.amazonaws.com")),
	}, b.parent)
	if err != nil {
		return serviceRole{}, fmt.Errorf("creating role %q: %w", name, err)
	}
	made := serviceRole{role: role}
	for _, policy := range policies {
		attachment := name + "-" + path.Base(policy)
		grant, err := iam.NewRolePolicyAttachment(b.ctx, attachment, &iam.RolePolicyAttachmentArgs{
			Role:      role.Name,
			PolicyArn: pulumi.String("arn:aws:iam::aws:policy/" + policy),
		}, b.parent)
		if err != nil {
			return serviceRole{}, fmt.Errorf("granting %q: %w", attachment, err)
		}
		made.grants = append(made.grants, grant)
	}
	return made, nil
}

package aws

import (
	"regexp"

	"github.com/pulumi/pulumi-aws/sdk/v7/go/aws/cloudwatch"

	"coffee-platform/internal/sandbox/sdkschema"
)

const tokenLogGroup = "aws:cloudwatch/logGroup:LogGroup"

// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_CreateLogGroup.html
var logGroupName = regexp.MustCompile(`^[.\-_/#A-Za-z0-9]{1,512}$`)

var logsTypes = map[string]entry{
	tokenLogGroup: {
		schema:     sdkschema.Of(cloudwatch.LogGroupArgs{}, cloudwatch.LogGroup{}),
		autoName:   "name",
		replace:    []string{"name", "namePrefix", "logGroupClass"},
		unique:     []string{"name"},
		references: []reference{{input: "kmsKeyId", typ: tokenKey, property: "arn"}},
		check: func(c *checker) {
			c.matches("name", logGroupName, "a log group name")
			// API_PutRetentionPolicy.html
			c.numberIn("retentionInDays", 0, 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731,
				1096, 1827, 2192, 2557, 2922, 3288, 3653)
		},
		compute: func(c *creation) {
			c.set("arn", c.arn("logs", "log-group:%s", c.id))
			c.setDefault("logGroupClass", "STANDARD")
			c.setDefault("namePrefix", "")
			c.setDefault("deletionProtectionEnabled", false)
		},
	},
}

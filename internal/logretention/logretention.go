// Package logretention knows how long CloudWatch Logs can keep logs.
package logretention

import (
	"slices"

	"coffee-platform/internal/problem"
)

// Days are the retention periods CloudWatch Logs takes
// (https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html),
// without those over two years.
var Days = []int{1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731}

// Validate adds a problem at path if logs cannot be kept for the given days.
func Validate(problems *problem.List, path string, days int) {
	if !slices.Contains(Days, days) {
		problems.Add(path, "CloudWatch Logs cannot keep logs for %d days: use one of %v", days, Days)
	}
}

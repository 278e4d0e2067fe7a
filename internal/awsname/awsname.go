// Package awsname tells the names that AWS itself gives from everything else.
package awsname

import "regexp"

var (
	accountID = regexp.MustCompile(`^\d{12}$`)
	region    = regexp.MustCompile(`^[a-z]{2}(-[a-z]+)+-\d$`)
)

// IsAccountID tells whether a text has the form of an AWS account's id: twelve digits.
func IsAccountID(text string) bool { return accountID.MatchString(text) }

// IsRegion tells whether a text has the form of an AWS region's name: us-east-1.
func IsRegion(text string) bool { return region.MatchString(text) }

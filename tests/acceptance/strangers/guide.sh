#!/bin/bash
# A stranger to this project: the vendor guide's four steps with curl and jq.
# The form is not URL-encoded and carries version=2; metrics and dimensions are JSON lists.
set -u

access=$(curl --silent --request POST "$TOKEN_URL" \
  --header "Content-Type: application/x-www-form-urlencoded" \
  --data "grant_type=password&client_id=$API_KEY&client_secret=$API_SECRET&username=$LOGIN&password=$PASSWORD&version=2" \
  | jq --raw-output .access_token)

ask='
  mutation ($input: AskPartnerReportFileInput!) {
    askPartnerReportFile(input: $input) {
      reportFile { reportToken }
    }
  }'
input=$(jq --null-input --arg channel "$CHANNEL" '{
  metrics: ["VIEWS"],
  dimensions: ["DAY", "VIDEO_TITLE"],
  filters: {videoOwnerChannelSlug: $channel},
  startDate: "2018-07-01",
  endDate: "2018-07-04",
  product: "CONTENT"
}')

speak() {
  jq --null-input --arg query "$1" --argjson variables "$2" '{query: $query, variables: $variables}' \
    | curl --silent --request POST "$GRAPHQL_URL" \
      --header "Content-Type: application/json" --header "Authorization: Bearer $access" --data @-
}

report=$(speak "$ask" "{\"input\": $input}" | jq --raw-output .data.askPartnerReportFile.reportFile.reportToken)

look='query PartnerGetReportFile($reportToken: String!) {
  partner { reportFile(reportToken: $reportToken) { status downloadLinks { edges { node { link } } } } }
}'
links=
while [ -z "$links" ]; do
  sleep 0.2
  links=$(speak "$look" "{\"reportToken\": \"$report\"}" \
    | jq --raw-output '.data.partner.reportFile.downloadLinks.edges[].node.link')
done

number=1
for link in $links; do
  curl --silent --output report_$number.csv $link
  number=$((number + 1))
done

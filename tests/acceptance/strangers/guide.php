<?php
// A stranger to this project: the vendor guide's four steps with PHP's curl.
// An empty map of filters is encoded as [], as json_encode does it.

function post(string $url, string $body, array $headers): array
{
    $call = curl_init($url);
    curl_setopt_array($call, [
        CURLOPT_POST => true,
        CURLOPT_POSTFIELDS => $body,
        CURLOPT_HTTPHEADER => $headers,
        CURLOPT_RETURNTRANSFER => true,
    ]);
    $answer = curl_exec($call);
    unset($call);
    return json_decode($answer, true);
}

$signedIn = post(getenv('TOKEN_URL'), http_build_query([
    'grant_type' => 'password',
    'client_id' => getenv('API_KEY'),
    'client_secret' => getenv('API_SECRET'),
    'username' => getenv('LOGIN'),
    'password' => getenv('PASSWORD'),
    'version' => 2,
]), ['Content-Type: application/x-www-form-urlencoded']);
$headers = ['Content-Type: application/json', 'Authorization: Bearer ' . $signedIn['access_token']];

$asked = post(getenv('GRAPHQL_URL'), json_encode([
    'query' => 'mutation ($input: AskPartnerReportFileInput!) {
        askPartnerReportFile(input: $input) { reportFile { reportToken } }
    }',
    'variables' => ['input' => [
        'metrics' => ['VIEWS'],
        'dimensions' => ['DAY', 'VIDEO_TITLE'],
        'filters' => [],
        'startDate' => '2018-07-01',
        'endDate' => '2018-07-04',
        'product' => 'CONTENT',
    ]],
]), $headers);
$token = $asked['data']['askPartnerReportFile']['reportFile']['reportToken'];

do {
    usleep(200000);
    $seen = post(getenv('GRAPHQL_URL'), json_encode([
        'query' => 'query PartnerGetReportFile($reportToken: String!) {
            partner { reportFile(reportToken: $reportToken) {
                status
                downloadLinks { edges { node { link } } }
            } }
        }',
        'variables' => ['reportToken' => $token],
    ]), $headers);
    $edges = $seen['data']['partner']['reportFile']['downloadLinks']['edges'];
} while (count($edges) === 0);

foreach ($edges as $index => $edge) {
    file_put_contents('report_' . ($index + 1) . '.csv', file_get_contents($edge['node']['link']));
}

/**
 * The countries by the names that upstreams give them. Pure.
 *
 * World Monitor's documentation says ISO 3166-1 codes where its answers have names, so both are
 * taken. A name that isn't in the table is no country: a wrong one would move the wrong signal.
 */

const table = `
AD Andorra; AE United Arab Emirates | UAE; AF Afghanistan;
AG Antigua & Barbuda; AI Anguilla; AL Albania; AM Armenia; AO Angola;
AQ Antarctica; AR Argentina; AS American Samoa; AT Austria; AU Australia; AW Aruba;
AX Åland Islands; AZ Azerbaijan; BA Bosnia & Herzegovina; BB Barbados;
BD Bangladesh; BE Belgium; BF Burkina Faso; BG Bulgaria; BH Bahrain; BI Burundi; BJ Benin;
BL St. Barthélemy; BM Bermuda; BN Brunei | Brunei Darussalam;
BO Bolivia | Bolivia (Plurinational State of); BQ Caribbean Netherlands; BR Brazil; BS Bahamas;
BT Bhutan; BV Bouvet Island; BW Botswana; BY Belarus; BZ Belize; CA Canada;
CC Cocos (Keeling) Islands;
CD Congo - Kinshasa | Democratic Republic of the Congo | Democratic Republic of Congo | DR Congo | DRC | Congo (Kinshasa);
CF Central African Republic;
CG Congo - Brazzaville | Congo | Republic of the Congo | Congo (Brazzaville); CH Switzerland;
CI Côte d’Ivoire | Ivory Coast | Cote d'Ivoire; CK Cook Islands; CL Chile; CM Cameroon;
CN China | People's Republic of China; CO Colombia; CR Costa Rica; CU Cuba;
CV Cape Verde | Cabo Verde; CW Curaçao; CX Christmas Island; CY Cyprus;
CZ Czechia | Czech Republic; DE Germany; DJ Djibouti; DK Denmark; DM Dominica;
DO Dominican Republic; DZ Algeria; EC Ecuador; EE Estonia; EG Egypt; EH Western Sahara;
ER Eritrea; ES Spain; ET Ethiopia; FI Finland; FJ Fiji; FK Falkland Islands;
FM Micronesia | Federated States of Micronesia; FO Faroe Islands; FR France; GA Gabon;
GB United Kingdom | United Kingdom of Great Britain and Northern Ireland | UK | Great Britain | Britain | England | Scotland | Wales;
GD Grenada; GE Georgia; GF French Guiana; GG Guernsey; GH Ghana; GI Gibraltar; GL Greenland;
GM Gambia | The Gambia; GN Guinea; GP Guadeloupe; GQ Equatorial Guinea; GR Greece;
GS South Georgia & South Sandwich Islands; GT Guatemala; GU Guam; GW Guinea-Bissau; GY Guyana;
HK Hong Kong SAR China | Hong Kong; HM Heard & McDonald Islands; HN Honduras; HR Croatia;
HT Haiti; HU Hungary; ID Indonesia; IE Ireland; IL Israel; IM Isle of Man; IN India;
IO British Indian Ocean Territory; IQ Iraq;
IR Iran | Iran (Islamic Republic of) | Islamic Republic of Iran; IS Iceland; IT Italy; JE Jersey;
JM Jamaica; JO Jordan; JP Japan; KE Kenya; KG Kyrgyzstan; KH Cambodia; KI Kiribati; KM Comoros;
KN St. Kitts & Nevis;
KP North Korea | Democratic People's Republic of Korea | DPRK;
KR South Korea | Republic of Korea | Korea; KW Kuwait; KY Cayman Islands; KZ Kazakhstan;
LA Laos | Lao People's Democratic Republic | Lao PDR; LB Lebanon; LC St. Lucia;
LI Liechtenstein; LK Sri Lanka; LR Liberia; LS Lesotho; LT Lithuania; LU Luxembourg; LV Latvia;
LY Libya; MA Morocco; MC Monaco; MD Moldova | Republic of Moldova; ME Montenegro; MF St. Martin;
MG Madagascar; MH Marshall Islands; MK North Macedonia | Macedonia; ML Mali;
MM Myanmar (Burma) | Myanmar | Burma; MN Mongolia; MO Macao SAR China | Macau | Macao;
MP Northern Mariana Islands; MQ Martinique; MR Mauritania; MS Montserrat; MT Malta; MU Mauritius;
MV Maldives; MW Malawi; MX Mexico; MY Malaysia; MZ Mozambique; NA Namibia; NC New Caledonia;
NE Niger; NF Norfolk Island; NG Nigeria; NI Nicaragua; NL Netherlands; NO Norway; NP Nepal;
NR Nauru; NU Niue; NZ New Zealand; OM Oman; PA Panama; PE Peru; PF French Polynesia;
PG Papua New Guinea; PH Philippines; PK Pakistan; PL Poland; PM St. Pierre & Miquelon;
PN Pitcairn Islands; PR Puerto Rico;
PS Palestinian Territories | Palestine | State of Palestine | West Bank | Gaza | Gaza Strip;
PT Portugal; PW Palau; PY Paraguay; QA Qatar; RE Réunion; RO Romania; RS Serbia;
RU Russia | Russian Federation; RW Rwanda; SA Saudi Arabia; SB Solomon Islands; SC Seychelles;
SD Sudan; SE Sweden; SG Singapore; SH St. Helena; SI Slovenia; SJ Svalbard & Jan Mayen;
SK Slovakia; SL Sierra Leone; SM San Marino; SN Senegal; SO Somalia; SR Suriname; SS South Sudan;
ST São Tomé & Príncipe; SV El Salvador; SX Sint Maarten;
SY Syria | Syrian Arab Republic; SZ Eswatini | Swaziland; TC Turks & Caicos Islands; TD Chad;
TF French Southern Territories; TG Togo; TH Thailand; TJ Tajikistan; TK Tokelau;
TL Timor-Leste | East Timor; TM Turkmenistan; TN Tunisia; TO Tonga;
TR Türkiye | Turkey; TT Trinidad & Tobago; TV Tuvalu;
TW Taiwan | Taiwan, Province of China | Republic of China;
TZ Tanzania | United Republic of Tanzania | Tanzania, United Republic of; UA Ukraine; UG Uganda;
UM U.S. Outlying Islands; US United States | United States of America | USA | US; UY Uruguay;
UZ Uzbekistan; VA Vatican City; VC St. Vincent & Grenadines;
VE Venezuela | Venezuela (Bolivarian Republic of); VG British Virgin Islands;
VI U.S. Virgin Islands; VN Vietnam | Viet Nam; VU Vanuatu; WF Wallis & Futuna; WS Samoa;
XK Kosovo; YE Yemen; YT Mayotte; ZA South Africa; ZM Zambia; ZW Zimbabwe
`;

const codes: ReadonlyMap<string, string> = new Map(
  table.split(";").flatMap((entry) => {
    const [code = "", ...words] = entry.trim().split(" ");
    const names = words.join(" ").split("|");
    return [code, ...names].map((name) => [plain(name), code] as const);
  }),
);

/** A country's ISO 3166-1 alpha-2 code by its English name, or by the code itself. */
export function countryCode(name: string | undefined): string | undefined {
  return name === undefined ? undefined : codes.get(plain(name));
}

/** A name without case, accents and punctuation. */
function plain(name: string): string {
  return name
    .normalize("NFD")
    .replace(/\p{Mark}/gu, "")
    .toLowerCase()
    .replaceAll("&", " and ")
    .replace(/\bst\b/g, "saint")
    .replace(/[^a-z ]+/g, " ")
    .replace(/^ *the /, "")
    .trim()
    .replace(/ +/g, " ");
}

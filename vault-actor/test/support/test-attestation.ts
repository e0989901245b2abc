/** The attestation key of the tests. It vouches for nothing else. */

/** Its private half: base64 of PKCS #8. */
export const attestationKey = "MC4CAQAwBQYDK2VwBCIEIDFE/zzKw0KxB0aZbmWGfbun6Hfqy4BpEbURn1pHi2W0";

/** Its key id. */
export const attestationKeyId = "ed25519:uK2923KBPyjA_xWn8vvLWMgA1JCQ0Rf7lDQOEyPqJq8";

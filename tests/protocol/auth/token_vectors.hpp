// Test vectors of keys and tokens: those of RFC 7515 appendix A, and others that node's crypto made and signed. The
// claims of the latter are {"ext":"{\"id\":1}"}.
#pragma once

#include <string_view>

namespace vectors {

// RFC 7515: the claims expire at 1300819380 and have no ext.
inline constexpr std::string_view rfc_a1_key =
    R"({"kty":"oct","k":"AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow)"
    R"("})";
inline constexpr std::string_view rfc_a1_token =
    "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGF"
    "tcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
inline constexpr std::string_view rfc_a2_key =
    R"({"kty":"RSA","n":"ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1)"
    "Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBY"
    "UsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco"
    R"(9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ","e":"AQAB"})";
inline constexpr std::string_view rfc_a2_token =
    "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb29"
    "0Ijp0cnVlfQ.cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5"
    "jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0Gar"
    "ZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rq"
    "Vt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw";
inline constexpr std::string_view rfc_a3_key =
    R"({"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LN)"
    R"(pXW6pCyStikYjKIWI5a0"})";
inline constexpr std::string_view rfc_a3_token =
    "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb29"
    "0Ijp0cnVlfQ.DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q";
// RFC 7515: the claims are the text Payload.
inline constexpr std::string_view rfc_a4_key =
    R"({"kty":"EC","crv":"P-521","x":"AekpBQ8ST8a8VcfVOTNl353vSrDCLLJXmPk06wTjxrrjcBpXp5EOnYG_NjFZ6OvLFV1jSfS9t)"
    R"(sz4qUxcWceqwQGk","y":"ADSmRA43Z1DSNx_RvcLI87cdL07l6jQyyBXMoxVg_l2Th-x3S1WDhjDly79ajL4Kkd0AZMaZmh9ubmf63e)"
    R"(3kyMj2"})";
inline constexpr std::string_view rfc_a4_token =
    "eyJhbGciOiJFUzUxMiJ9.UGF5bG9hZA.AdwMgeerwtHoh-l192l60hp9wAHZFVJbLfD_UxMi70cwnZOYaRI1bKPWROc-mZZqwqT2SI-K"
    "GDKB34XO0aw_7XdtAG8GaSwFKdCAPZgoXD2YBJZCPEX3xKpRwcdOO8KpEHwJjyqOgzDO7iKvU8vcnwNrmxYbSW9ERBXukOXolLzeO_Jn";
inline constexpr std::string_view rfc_a5_token =
    "eyJhbGciOiJub25lIn0.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290"
    "Ijp0cnVlfQ.";

// Signed with the secret s3cret; expires at 2000000000.
inline constexpr std::string_view hs256 =
    "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJleHQiOiJ7XCJpZFwiOjF9IiwiZXhwIjoyMDAwMDAwMDAwfQ.xOl8muVLQlHvdE9L"
    "TNXo3eozTyzehC7uOJxUuzX5Xu0";
inline constexpr std::string_view hs384 =
    "eyJhbGciOiJIUzM4NCJ9.eyJleHQiOiJ7XCJpZFwiOjF9In0.3XnKQR2XqssfWwB0XKKs0e78Lqsyy-SPZEBNpejMWe8nxDoAmY9wdCi"
    "y2lRWOZDj";
inline constexpr std::string_view hs512 =
    "eyJhbGciOiJIUzUxMiJ9.eyJleHQiOiJ7XCJpZFwiOjF9In0.X4OOflgonajcBSzl3DoHCBl-JnfFmTa0x_DbMe9eAdfwTDyQ39gW1eq"
    "TtjslDLfRG7wD9PU2vPHUjesVsQX20g";

inline constexpr std::string_view rsa_key =
    R"({"kty":"RSA","n":"2w61FgPoY08--tX2_HjVb5Vlu4HJ9USImLbxtZ9KUWh7TqQps7xTnbE95G5CKXy9mtBirCFvgZ7ysLMVzE0IWY)"
    "UPado5y2FrhM6fHa4CF6nvzgNSNYuvxDwzDTW20VShnuRws3kwV9TUF6BZvsdwpgvrMAUpIeKPDHQ9DWIQqcvBeYPcJLrcIVuyq2_mYO"
    "RzXH5W0c5LAfwLpiHY2lOORfWBUP3zhfsuu07wMNAbo3xfDGImywh8Lteu2_TUqJKFy89T-jmizcGgFtR_3WGEivcdYJoZMoAQ4KLqOG"
    R"(04Jlj3DwgdCNnpOCoD814Eqvd5iQvlAzZku59yBnxD09d4yw","e":"AQAB"})";
inline constexpr std::string_view rsa_pem = R"(-----BEGIN PUBLIC KEY-----
MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEA2w61FgPoY08++tX2/HjV
b5Vlu4HJ9USImLbxtZ9KUWh7TqQps7xTnbE95G5CKXy9mtBirCFvgZ7ysLMVzE0I
WYUPado5y2FrhM6fHa4CF6nvzgNSNYuvxDwzDTW20VShnuRws3kwV9TUF6BZvsdw
pgvrMAUpIeKPDHQ9DWIQqcvBeYPcJLrcIVuyq2/mYORzXH5W0c5LAfwLpiHY2lOO
RfWBUP3zhfsuu07wMNAbo3xfDGImywh8Lteu2/TUqJKFy89T+jmizcGgFtR/3WGE
ivcdYJoZMoAQ4KLqOG04Jlj3DwgdCNnpOCoD814Eqvd5iQvlAzZku59yBnxD09d4
ywIDAQAB
-----END PUBLIC KEY-----
)";
inline constexpr std::string_view rsa_pkcs1_pem = R"(-----BEGIN RSA PUBLIC KEY-----
MIIBCgKCAQEA2w61FgPoY08++tX2/HjVb5Vlu4HJ9USImLbxtZ9KUWh7TqQps7xT
nbE95G5CKXy9mtBirCFvgZ7ysLMVzE0IWYUPado5y2FrhM6fHa4CF6nvzgNSNYuv
xDwzDTW20VShnuRws3kwV9TUF6BZvsdwpgvrMAUpIeKPDHQ9DWIQqcvBeYPcJLrc
IVuyq2/mYORzXH5W0c5LAfwLpiHY2lOORfWBUP3zhfsuu07wMNAbo3xfDGImywh8
Lteu2/TUqJKFy89T+jmizcGgFtR/3WGEivcdYJoZMoAQ4KLqOG04Jlj3DwgdCNnp
OCoD814Eqvd5iQvlAzZku59yBnxD09d4ywIDAQAB
-----END RSA PUBLIC KEY-----
)";
inline constexpr std::string_view rs256 =
    "eyJhbGciOiJSUzI1NiJ9.eyJleHQiOiJ7XCJpZFwiOjF9In0.kvYKjR-jtun-et3fBQdblz2ZeDMep4hCWXaHclZrBd_Tx5Bz3MlovLQ"
    "07lDoifRSqBjtAq8fckJykR8gV5zlsvf_Ug66cbN0hL2w0IjGsWGjucgmpYmv7EtVfxwfAIQDBzCGJ_F1IOEj8FX_NEGuTq_6b3sWI-2"
    "tR3sdwOeOfUXWzsx91Y6nZ1gr5gKbvuwswzCOd-3PGiw5ENF_Prl77erlMUOD5tHpN7ks6FnrsFLApRZCzCzeIcXxdCb35e_cDbMQ7ES"
    "96RBhaOOjDJnvvjDbi4am2PH3UT5Q87dHfF6OizAJkdyrdaoP4tvLt0g5WRyIUCPg50GjDrqDtyyx8A";
inline constexpr std::string_view rs384 =
    "eyJhbGciOiJSUzM4NCJ9.eyJleHQiOiJ7XCJpZFwiOjF9In0.zy5Efls29yynpoZHCh0UlyBFWMH1kVId8fL6A7tt_jhsRHz4e4JcbvB"
    "AS1WPbwArbWzEPdFYZO14ylN3BxfTCExLNQOQiHIT6ZPe8Q0BzntlSEWZnbaRrzyaravp9H5TWVWcRDOxUcuSxdAqb16QFx7YjqCFgCE"
    "jnTSXPVn6kdOO1BeMD7pcNtHXg48i1ZP5ahLXKr5cQgRHi0BIiZlsVGyXb6Zx_R8s4RNDQO3n2SYePtdq-annLUOtsg15SO7yHqpxrkL"
    "eO8KIFU2q-bOdDI6n_WkPQ2HS5ZB8OW_46s0qRbTlfMzxdkmgiuOQMZldZgn4rC6pDcbGZkxj3VeIsQ";
inline constexpr std::string_view rs512 =
    "eyJhbGciOiJSUzUxMiJ9.eyJleHQiOiJ7XCJpZFwiOjF9In0.HRs5lV6bgZPD5xYSmTXp3LXbgBq0YHqZ0Ey9GUCq3UOYw86HGZguSvX"
    "86pqhrXxPRzCOaIw-U0LkVCK6FMrW7POZ6ldfbYDJ_r_1bKCvulsG20l45WsndWY1reh30sEOGjfM5ARvq-M0V9-zt8QaDYDaUBSjDcw"
    "ZMbY-2eTAbeSKQUVLNCZNsPah6uJhkN6y-8Ii0vg3ZXwDu_l5goJnIRFradvcut6k7xt37XesXAfQRC8hXAr4cnmRaqMujEndyUMCWz2"
    "3dVU1ydptFVua0s8rab9kuAo-lpc49JCzLJ5rHzn-s8dlz_WlgkghrRsodZEtF0_02AiOute3SiQiBQ";
inline constexpr std::string_view ps256 =
    "eyJhbGciOiJQUzI1NiJ9.eyJleHQiOiJ7XCJpZFwiOjF9In0.zV0dfoBppO5mHaTDvBHdvi-loA1eX9WQyNWLbLb7ASzna36LyAQkOSW"
    "y2uwa09aXSeJaaVufdRrCB20HuEaJc-p1-621w3wvo5wMJZQMLv6EnxfbJe9itHR5NWZ7GRBx6VQsPH41k7uUgf169N-0KOSSzlqq2BC"
    "os3v6KMyQR0nPwJDitcuHmDADdH5T4vs59VifKejlgUskKCPYP6YwQYmsawPTKehWsP8LIg6iarLQg-tUpuZp5EQY-20ZZB1jyS8YJe1"
    "8dMff3yMsV3_Kb7szM3X2790sQ9j0XpspQxSjw3B5h2U_79_4ADwvVEtbeyn_m7X7WbeRvGrDRhXoxw";
// The header says RS256, but the padding is that of PS256.
inline constexpr std::string_view pss_as_rs256 =
    "eyJhbGciOiJSUzI1NiJ9.eyJleHQiOiJ7XCJpZFwiOjF9In0.zrNmJk4AeVsxn0BkwxzpHQIjBdM_Ta4cPliLfhOuzGZQcJGCeWceWxE"
    "MdXoBycKxOSbs9VMplveL5qqPDKXbdACeanw7mCQUjj0d8SpMKPLnBviIALCtyag2B6dkERTrlonXEUSuxsgHc2CBs_HM4DNcVJfa6KV"
    "IZ3VTnZZMnHg9T34tb_DPviWY85YWnfLfRv-Z1UfMYiEqj96UA6wnKJ8cm5SCOhz4l8iCSKRecexIh-Rxx73gNvqRSorglwuLJhHf8B6"
    "z6Bpzm5rSDVGEk9Mx9ic1v-QOWrRvVIHTVJv98I1EMwUWEuLgjkoG0z4Bi4GPT7MKDo5-nwTzHhTNPA";
// HS256 with rsa_pem as the secret.
inline constexpr std::string_view hs256_by_pem =
    "eyJhbGciOiJIUzI1NiJ9.eyJleHQiOiJ7XCJpZFwiOjF9In0.T_urRTwoozkfT-R5IhSjATSIGuhzFE1GHUOG0TcTcbg";

// The key of RFC 7515 A.3.
inline constexpr std::string_view p256_pem = R"(-----BEGIN PUBLIC KEY-----
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEf83OJ3D2xF1Bg8vub9tLe1gHMzV7
6e8Tus9uPHvRVEXH8UTNG72bfocs3+257rn0s2ldbqkLJK2KRiMohYjlrQ==
-----END PUBLIC KEY-----
)";
inline constexpr std::string_view es256 =
    "eyJhbGciOiJFUzI1NiJ9.eyJleHQiOiJ7XCJpZFwiOjF9In0.I8xOSJf_lmHr5XaaQVvIL_igLJWiY9ImgBeNYixR3TUt-1Jx0c3NPvM"
    "aqYR6tM0YAe-PcmdMdec5GZYr0687Ig";
// Signature in DER, not as two numbers.
inline constexpr std::string_view es256_der =
    "eyJhbGciOiJFUzI1NiJ9.eyJleHQiOiJ7XCJpZFwiOjF9In0.MEUCID2sJ_OdNqmGwbmPfT9E_3DJU65HdFoxjCQilIWKvPejAiEA-0a"
    "0Aq093rwsgomYjqMTBknvx36tb6f6rQ_bXNKMJ3U";
// ES512 on another curve than P-521.
inline constexpr std::string_view es512_by_p256 =
    "eyJhbGciOiJFUzUxMiJ9.eyJleHQiOiJ7XCJpZFwiOjF9In0.ejnWNSMRv1tpt48PTATXKfVruFEahf7BAipyjN9LiOJBi8zej9evZX1"
    "xBcjNp0m09B-06nzAHflLxroTXZCXig";
inline constexpr std::string_view p384_key =
    R"({"kty":"EC","x":"VTGGiYTdh4Yg8BWC9om9jd-xNmciMDG83YgNwp91Cd2uEkxTgoUtmgWGwiFKSU0g","y":"HZVAaxo-QUkyNgy3)"
    R"(GWU7bK9iUjEhJP6BfxjfMKHBMrtA8ws-gIPXSkz53nl8v8Es","crv":"P-384"})";
inline constexpr std::string_view es384 =
    "eyJhbGciOiJFUzM4NCJ9.eyJleHQiOiJ7XCJpZFwiOjF9In0.-qLtHuHRtl6yr8122XVWfRZFmbt4Bg5HVLmUEbqGEpW_EvYAvCT3sCn"
    "QhqCh6nWPEDeXdUmu1FAgGsw2COco1ajV0MJtZhPzSyMuQKNQ7o-b_UU2WZvZ97V8RDBwS4-Y";
// Signed with the key of RFC 7515 A.4.
inline constexpr std::string_view es512 =
    "eyJhbGciOiJFUzUxMiJ9.eyJleHQiOiJ7XCJpZFwiOjF9In0.AYSprXd6qfJBZkPSPISGcnYKDYcxP3QCwC27kxcmlwEx5A9ckYZdDd1"
    "jmb904Swj2aWil7TKilY6OCShSp19ap4gAY46h9cvQUbahZeNyiyauItB5BMo9VdFkdlzLWD1xukIT3crO_BLLdZjs-LwQcyiowADszl"
    "OqWOSxFqgj5LzAJeJ";

// RSA with 1024 bits.
inline constexpr std::string_view weak_key =
    R"({"kty":"RSA","n":"sQudzJLPz356mpSh7lIhSkEKlV57iM81Q_2uD3VjxhegdbULljU1gs5i1NQakmcfsirOZ9ekl5LOWJTJXnioH4)"
    R"(9Pw8Jc2S3NX7GnE18nHaWGQvMxPEiOasJTjIpBZ8W4SAWBdZbPt9W-YRGIMxpPauodJ2T7pV_0wFzsCz8oSeU","e":"AQAB"})";
inline constexpr std::string_view weak_pem = R"(-----BEGIN PUBLIC KEY-----
MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQCxC53Mks/PfnqalKHuUiFKQQqV
XnuIzzVD/a4PdWPGF6B1tQuWNTWCzmLU1BqSZx+yKs5n16SXks5YlMleeKgfj0/D
wlzZLc1fsacTXycdpYZC8zE8SI5qwlOMikFnxbhIBYF1ls+31b5hEYgzGk9q6h0n
ZPulX/TAXOwLPyhJ5QIDAQAB
-----END PUBLIC KEY-----
)";
inline constexpr std::string_view secp256k1_pem = R"(-----BEGIN PUBLIC KEY-----
MFYwEAYHKoZIzj0CAQYFK4EEAAoDQgAEZ1oa8fVZijuk3etvmIpSSTsf/QmAAAHS
+eF8YhuQGWFE5F5urW881lKbVUFIv1cEDlyRNegm6jDcdZRgYGNvXw==
-----END PUBLIC KEY-----
)";
inline constexpr std::string_view secp256k1_key =
    R"({"kty":"EC","x":"Z1oa8fVZijuk3etvmIpSSTsf_QmAAAHS-eF8YhuQGWE","y":"RORebq1vPNZSm1VBSL9XBA5ckTXoJuow3HWUY)"
    R"(GBjb18","crv":"secp256k1"})";
inline constexpr std::string_view ed25519_pem = R"(-----BEGIN PUBLIC KEY-----
MCowBQYDK2VwAyEAK2abm7GvD+K2l676bMYNrbbYgbrH5tky7J4XX/SlZIs=
-----END PUBLIC KEY-----
)";

}  // namespace vectors

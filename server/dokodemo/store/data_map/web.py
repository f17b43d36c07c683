"""Signed-in people and sign-ins under way."""

from collections.abc import Mapping

from dokodemo.store.data_map.entries import PERSON_ID, Entry, Kept, Whose

TABLES: Mapping[str, Entry] = {
    "web_sessions": Entry(
        ("サインイン中のブラウザー", "Signed-in browsers"),
        Whose.PERSON,
        ("サインインした職員を見分け、終了させられるようにする", "to know who is signed in, and to end it"),
        Kept.EXPIRES,
        (),
        {
            "token_digest": ("Cookie の要約値", "digest of the cookie"),
            "id": ("行のID", "the row's id"),
            "person_id": PERSON_ID,
            "created_at": ("サインインした日時", "when it began"),
            "seen_at": ("最後に使った日時", "when it was last used"),
            "expires_at": ("期限", "until when it counts"),
            "revoked_at": ("終えた日時", "when it was ended"),
        },
    ),
    "sign_ins": Entry(
        ("サインインの途中", "Sign-ins under way"),
        Whose.NOBODY,
        ("発行元から戻ったサインインを確かめる", "to verify who comes back from the issuer"),
        Kept.EXPIRES,
        (),
        {
            "state_digest": ("照合値の要約値", "digest of the state"),
            "issuer": ("発行元", "the issuer"),
            "nonce": ("使い捨て番号", "the nonce"),
            "code_verifier": ("照合用の秘密（PKCE）", "secret of PKCE"),
            "return_to": ("戻るページ", "the page to return to"),
            "expires_at": ("期限", "until when it counts"),
        },
    ),
}

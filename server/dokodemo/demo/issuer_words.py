"""What the demo issuer's page says, in Japanese first and in English."""

from collections.abc import Mapping

WORDS: Mapping[str, Mapping[str, str]] = {
    "ja": {
        "title": "デモの認証サーバー",
        "heading": "だれとしてログインしますか",
        "about": "デモ専用のページです。パスワードはありません。実際の運用では、ここが Google や Microsoft のログイン画面になります。",
        "search": "氏名・カナ・職員番号・所属で探す",
        "find": "探す",
        "nobody": "見つかりません。別のことばで探してください。",
        "more": "ほかにも該当者がいます。ことばを足すと絞り込めます。",
        "used": "このリンクはすでに使われたか、期限が切れています。名前を選ぶと先へ進めます。",
        "signed_in": "この端末では {name} さんとしてログインしています。",
        "unanswerable_title": "ログインを始められません",
        "unanswerable": "アプリの登録（client_id または redirect_uri）が合っていません。元の画面へ戻ってやり直してください。",
        "refused": "ほかのサイトから送られた操作は受け付けません。この画面を開き直してください。",
        "back": "トップへ戻る",
        "other_language": "English",
    },
    "en": {
        "title": "The demo's sign-in",
        "heading": "Who are you signing in as?",
        "about": "This page exists in the demo only and asks for no password. In a real city, Google's or Microsoft's sign-in stands here.",
        "search": "Name, kana, staff number or unit",
        "find": "Find",
        "nobody": "Nobody found. Try other words.",
        "more": "There are more. Add a word to narrow them down.",
        "used": "This link has been used already, or is too old. Choose a name to go on.",
        "signed_in": "Signed in on this device as {name}.",
        "unanswerable_title": "Sign-in cannot begin",
        "unanswerable": "The application's registration (client_id or redirect_uri) does not match. Go back and start again.",
        "refused": "What another site sends is not accepted. Open this page again.",
        "back": "Back to the start",
        "other_language": "日本語",
    },
}

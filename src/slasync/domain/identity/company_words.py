"""Words and domains that tell no company from another: data for finding companies, no rules.

The agreement can name further domains (`account_match.providers`).
"""


def _listed(text: str) -> frozenset[str]:
    return frozenset(text.split())


SHARED_DOMAINS = _listed("""
    gmail.com googlemail.com google.com outlook.com outlook.de outlook.fr outlook.es outlook.it
    hotmail.com hotmail.de hotmail.fr hotmail.it hotmail.es hotmail.co.uk hotmail.be hotmail.nl
    live.com live.de live.fr live.it live.nl live.be live.co.uk live.ca live.com.au msn.com
    passport.com windowslive.com yahoo.com yahoo.de yahoo.fr yahoo.it yahoo.es yahoo.co.uk
    yahoo.co.in yahoo.in yahoo.ca yahoo.com.au yahoo.com.br yahoo.com.mx yahoo.com.ar yahoo.co.jp
    yahoo.com.sg yahoo.com.hk yahoo.com.tw yahoo.co.id yahoo.gr yahoo.ie yahoo.se yahoo.no
    yahoo.dk yahoo.pl yahoo.ro ymail.com rocketmail.com aol.com aol.de aim.com icloud.com me.com
    mac.com gmx.de gmx.net gmx.at gmx.ch gmx.com gmx.org gmx.eu gmx.info gmx.us gmx.fr web.de
    email.de mail.de posteo.de posteo.net mailbox.org t-online.de magenta.de freenet.de arcor.de
    vodafone.de vodafonemail.de 1und1.de online.de onlinehome.de unitybox.de kabelmail.de
    kabelbw.de netcologne.de ewetel.net ewe.net osnanet.de versanet.de alice.de alice-dsl.net
    o2online.de o2mail.de telefonica.de tonline.de htp-tel.de t-mobile.de lycos.de firemail.de
    directbox.com ist-einmalig.de ok.de byom.de a1.net aon.at chello.at drei.at inode.at utanet.at
    liwest.at kabsi.at tele2.at bluewin.ch sunrise.ch hispeed.ch swissonline.ch green.ch vtxnet.ch
    tele2.ch protonmail.com protonmail.ch proton.me pm.me tutanota.com tutanota.de tutamail.com
    tuta.io tuta.com hushmail.com fastmail.com fastmail.fm zoho.com zohomail.com zohomail.eu
    mail.com email.com usa.com europe.com consultant.com post.com techie.com yandex.com yandex.ru
    ya.ru mail.ru bk.ru inbox.ru list.ru rambler.ru ukr.net i.ua meta.ua qq.com 163.com 126.com
    sina.com sina.cn sohu.com foxmail.com yeah.net aliyun.com naver.com hanmail.net daum.net
    nate.com rediffmail.com orange.fr wanadoo.fr free.fr sfr.fr laposte.net neuf.fr bbox.fr
    numericable.fr club-internet.fr cegetel.net aliceadsl.fr voila.fr libero.it virgilio.it
    tiscali.it alice.it tin.it fastwebnet.it poste.it pec.it legalmail.it telefonica.net
    terra.es ono.com movistar.es telenet.be skynet.be proximus.be pandora.be scarlet.be voo.be
    ziggo.nl kpnmail.nl planet.nl hetnet.nl xs4all.nl home.nl upcmail.nl casema.nl chello.nl
    btinternet.com bt.com btopenworld.com sky.com virginmedia.com ntlworld.com talktalk.net
    blueyonder.co.uk tiscali.co.uk plusnet.com eircom.net comcast.net verizon.net att.net
    sbcglobal.net bellsouth.net cox.net charter.net earthlink.net juno.com optonline.net
    roadrunner.com rr.com frontier.com windstream.net centurylink.net shaw.ca rogers.com bell.net
    sympatico.ca telus.net videotron.ca bigpond.com optusnet.com.au iinet.net.au tpg.com.au
    xtra.co.nz telia.com comhem.se bredband.net tele2.se spray.se online.no frisurf.no
    tdcadsl.dk mail.dk jubii.dk stofanet.dk kolumbus.fi elisanet.fi luukku.com suomi24.fi wp.pl
    o2.pl onet.pl op.pl interia.pl poczta.fm gazeta.pl seznam.cz email.cz centrum.cz atlas.cz
    volny.cz azet.sk zoznam.sk centrum.sk freemail.hu citromail.hu t-email.hu abv.bg mail.bg
    dir.bg otenet.gr uol.com.br bol.com.br terra.com.br ig.com.br globo.com sapo.pt hotmail.com.br
    prodigy.net.mx mailinator.com guerrillamail.com 10minutemail.com yopmail.com trashmail.com
    wegwerfemail.de spoofmail.de tempmail.com temp-mail.org sharklasers.com maildrop.cc
    dispostable.com getnada.com privaterelay.appleid.com duck.com mozmail.com
    facebook.com fb.com linkedin.com xing.com twitter.com x.com instagram.com youtube.com
    youtu.be tiktok.com pinterest.com github.com github.io gitlab.io bitbucket.io medium.com
    substack.com wordpress.com wixsite.com wix.com weebly.com squarespace.com webflow.io
    jimdo.com jimdofree.com jimdosite.com strikingly.com blogspot.com blogger.com tumblr.com
    myshopify.com shopify.com etsy.com ebay.com ebay.de amazon.com amazon.de business.site
    sites.google.com google.de goo.gl bit.ly linktr.ee about.me notion.site netlify.app vercel.app
    herokuapp.com azurewebsites.net web.app firebaseapp.com pages.dev hubspotpagebuilder.com
    wikipedia.org crunchbase.com yelp.com yelp.de gelbeseiten.de
    example.com example.org example.net
""")
"""Mail providers that anybody can have an address of, networks, shops and makers of websites."""

SECOND_LEVEL = _listed("""
    co.uk org.uk me.uk ltd.uk plc.uk ac.uk gov.uk net.uk nhs.uk sch.uk com.au net.au org.au edu.au
    gov.au asn.au id.au co.nz net.nz org.nz govt.nz ac.nz co.jp ne.jp or.jp ac.jp go.jp ad.jp
    com.br net.br org.br gov.br edu.br ind.br eco.br com.mx org.mx gob.mx net.mx com.ar gob.ar
    org.ar com.co net.co org.co com.pe com.ve com.ec com.uy com.py com.bo com.gt com.sv com.cr
    com.pa com.do com.cn net.cn org.cn gov.cn edu.cn ac.cn com.hk org.hk net.hk com.tw org.tw
    com.sg edu.sg com.my net.my org.my co.th in.th or.th ac.th co.id or.id ac.id web.id com.ph
    com.vn com.pk net.pk com.bd com.lk com.np co.in net.in org.in firm.in gen.in ind.in ac.in
    edu.in co.kr or.kr re.kr pe.kr go.kr com.tr net.tr org.tr gov.tr edu.tr bel.tr com.ua net.ua
    org.ua kiev.ua com.ru co.il org.il net.il ac.il muni.il com.sa com.eg com.jo com.lb com.kw
    com.qa com.bh com.om co.ae net.ae org.ae co.za org.za net.za web.za ac.za gov.za co.ke or.ke
    com.ng com.gh co.tz co.ug co.zw co.zm com.na co.bw co.mz com.ma co.ma com.tn com.dz com.pt
    com.es nom.es org.es com.fr asso.fr co.it gov.it edu.it co.at or.at ac.at gv.at com.pl net.pl
    org.pl edu.pl gov.pl waw.pl co.hu com.ro org.ro com.gr edu.gr com.cy com.mt co.rs com.mk
    com.hr com.ba co.no co.dk com.de uk.com us.com eu.com de.com co.com gb.net uk.net
""")
"""Endings under which names are given out: what stands before them is the owner's."""

LEGAL_FORMS = _listed("""
    ag gmbh ggmbh mbh gesmbh kg kgaa ohg gbr ug ek eg ev eu se sce haftungsbeschrankt
    aktiengesellschaft gesellschaft sagl gmbhcokg
    inc incorporated corp corporation co company llc llp lp pllc pc ltd limited plc cic
    sa sas sasu sarl eurl snc scs sca scop spa srl srls sapa sl slu slne sau cv bv nv bvba vof
    ab asa aps oy oyj abp hf ehf ou uab sia as is spzoo spj spk zoo sro vos kft zrt nyrt bt doo dd
    ad ood eood srlu sti ltda eireli epp sab sapi sc
    ooo oao zao pao tov pt tbk cv ptd pte pty pvt sdn bhd kk gk yk
""")
"""As they stand when points and umlauts are gone; those of several words word by word."""

FORMS_BEFORE = _listed("ab as oy ooo oao zao pao tov uab sia pt ud firma gebr")
"""Legal forms that some write before the name."""

FORM_PHRASES = frozenset({("sp", "z", "oo"), ("spol", "s", "ro"), ("s", "r", "o")})
"""Legal forms of words that are none by themselves."""

AND = _listed("and und et og och")
"""What stands between the parts of a name."""

NO_NAMES = frozenset({
    "na", "n a", "none", "no", "nothing", "null", "nil", "test", "testing", "test company",
    "unknown", "unbekannt", "not provided", "not available", "not applicable", "keine",
    "keine angabe", "ka", "k a", "entfallt", "privat", "private", "privatperson", "individual",
    "person", "personal", "self", "self employed", "selfemployed", "selbststandig", "selbstandig",
    "freelance", "freelancer", "freiberufler", "freiberuflich", "student", "studentin", "retired",
    "rentner", "home", "my company", "company", "firma", "company name", "your company", "demo",
    "example", "sample", "abc", "abc company", "xyz", "asdf", "x", "xx", "xxx", "tbd", "startup",
})  # fmt: skip
"""What people write who give no company, as `name_key` would write it."""
